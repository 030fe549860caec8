import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { ZodError } from 'zod';

/** An answer that is no success; the message is for the asker. */
export class HttpFault extends Error {
  override name = 'HttpFault';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const CODES: Record<number, string> = {
  400: 'bad-request',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  413: 'too-large',
  414: 'too-long',
  415: 'unsupported-media-type',
  431: 'too-large',
  503: 'unavailable',
};

export const sendFault = (reply: FastifyReply, status: number, message?: string): FastifyReply =>
  reply.code(status).send({ error: CODES[status] ?? (status < 500 ? 'bad-request' : 'internal'), message });

/** Outside an error is a code and at most a sentence of ours; what really happened goes to the log. */
export function answerFaults(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler((_request, reply) => sendFault(reply, 404));
  app.setErrorHandler((error: FastifyError | HttpFault | ZodError, request, reply) => {
    if (error instanceof HttpFault) return sendFault(reply, error.status, error.message);
    if (error instanceof ZodError) return sendFault(reply, 400, sentence(error));
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, url: request.url }, 'http: a request failed');
    return sendFault(reply, status);
  });
}

const sentence = ({ issues }: ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'query'}: ${message}`).join('; ');
