import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { inWords } from '../../config/faults.ts';
import type { Scope } from '../access/scope.ts';
import { type BadPart, badParts, InvalidFault } from './errors.ts';

/** What one status answers: JSON of a schema, and other forms of the same by their content types. */
export interface Answer {
  readonly what: string;
  readonly json?: z.ZodType;
  readonly others?: readonly string[];
}

/** What the OpenAPI document says of an operation. Refusals that every operation may give are not listed. */
export interface Described {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** With places in braces: `/v1/tags/{id}/history`. */
  readonly path: string;
  readonly summary: string;
  /** The least scope that it takes; default `read`. null: anybody is answered. */
  readonly needs?: Scope | null;
  /** It tells of the whole plant: who may see some lines only is refused. */
  readonly isPlantWide?: boolean;
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly body?: z.ZodType | undefined;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of refusals, each with what it means here. */
  readonly refusals?: Readonly<Record<number, string>>;
}

/** One thing that can be asked over HTTP; the routes and the OpenAPI document are made of the same list of them. */
export interface Operation extends Described {
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** What was asked, as the schemas make it. */
export interface Asked<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** An operation of which `answer` gets only what its schemas let through; all that is wrong is told at once. */
export function operation<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  described: Described & { readonly params?: P; readonly query?: Q; readonly body?: B },
  answer: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>) => Promise<unknown>,
): Operation {
  return {
    ...described,
    async handle(request, reply) {
      const [params, query, body] = [
        part('path', described.params, request.params),
        part('query', described.query, request.query),
        part('body', described.body, request.body),
      ];
      const faults = [params, query, body].flatMap((one) => one.faults);
      if (faults.length > 0) throw new InvalidFault(faults);
      return answer({
        ...{ params: params.value as z.output<P>, query: query.value as z.output<Q>, body: body.value as z.output<B> },
        ...{ request, reply },
      });
    },
  };
}

function part(
  place: BadPart['in'],
  schema: z.ZodType | undefined,
  value: unknown,
): { readonly value: unknown; readonly faults: readonly BadPart[] } {
  const parsed = schema?.safeParse(value, { error: inWords });
  if (!parsed || parsed.success) return { value: parsed?.data, faults: [] };
  return { value: undefined, faults: badParts(place, parsed.error) };
}

/** Makes the routes. */
export function serve(app: FastifyInstance, operations: readonly Operation[]): void {
  for (const { method, path, needs = 'read', isPlantWide = false, handle } of operations)
    app.route({ method, url: routeOf(path), config: { needs, isPlantWide }, handler: handle });
}

/** `/v1/tags/{id}/history` as the router writes it. */
export const routeOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
