import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { complaintsOf, pathText } from '../../config/faults.ts';

const CODES = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  410: 'gone',
  413: 'too-large',
  414: 'too-long',
  415: 'unsupported-media-type',
  422: 'refused',
  429: 'too-many-requests',
  431: 'too-large',
  500: 'internal',
  503: 'unavailable',
} as const;
export type Status = keyof typeof CODES;

const BadPart = z.object({
  in: z.enum(['path', 'query', 'body']),
  path: z.string().describe('which value, such as `window` or `pieces[2].amount`; empty: all of it'),
  message: z.string(),
});
export type BadPart = z.infer<typeof BadPart>;

/** Every answer that is no success. */
export const Fault = z
  .object({
    error: z.enum(Object.values(CODES)),
    message: z.string().optional().describe('in words, for people'),
    faults: z.array(BadPart).optional().describe('all that is wrong with what was asked'),
  })
  .describe('why there is no answer');
type Fault = z.infer<typeof Fault>;

/** An answer that is no success; the message is for the asker. */
export class HttpFault extends Error {
  override name = 'HttpFault';
  readonly status: Status;
  readonly faults: BadPart[] | undefined;
  constructor(status: Status, message: string, faults?: BadPart[]) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** What was asked is not as it must be. */
export class InvalidFault extends HttpFault {
  constructor(faults: BadPart[]) {
    super(400, faults.map(({ in: place, path, message }) => `${path || place}: ${message}`).join('; '), faults);
  }
}

/** What a schema has against a part of what was asked. */
export const badParts = (place: BadPart['in'], error: z.ZodError): BadPart[] =>
  complaintsOf(error).map(({ path, message }) => ({ in: place, path: pathText(path), message }));

export function sendFault(reply: FastifyReply, status: number, message?: string, faults?: BadPart[]): FastifyReply {
  const error = status in CODES ? CODES[status as Status] : status < 500 ? 'bad-request' : 'internal';
  const fault: Fault = { error, ...(message !== undefined && { message }), ...(faults && { faults }) };
  return reply.code(status).type('application/json; charset=utf-8').send(fault);
}

/** Bodies that could not be read at all: nothing else of what is asked for has these statuses here. */
const ABOUT_BODY: Readonly<Record<number, string>> = {
  400: 'the body is no JSON',
  413: 'the body is too large',
  415: 'the body must be application/json',
};

/** Outside an error is a code and at most a sentence of ours; what really happened goes to the log. */
export function answerFaults(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler((_request, reply) => sendFault(reply, 404));
  app.setErrorHandler((error: FastifyError | HttpFault, request, reply) => {
    if (error instanceof HttpFault) return sendFault(reply, error.status, error.message, error.faults);
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, url: request.url }, 'http: a request failed');
    return sendFault(reply, status, ABOUT_BODY[status]);
  });
}
