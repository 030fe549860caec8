import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Explanation } from '../explain/contract.ts';
import type { Found } from '../explain/find.ts';
import { explanationText } from '../explain/render.ts';
import { evaluationBody, type WireTime } from '../wire.ts';
import { HttpFault } from './errors.ts';

/** Finds what there is to say of `hour@2026-11-24T08:00` of a metric or meter. */
export type Explain = (id: string, window: string) => Promise<Found>;

const Query = z.strictObject({
  /** Instead of `at`: a piece's identity. */
  piece: z.string().max(200).optional(),
  window: z.string().max(20),
  /** `now`, `last`, or any instant in the window. A `+` that was not escaped arrives as a space. */
  at: z
    .string()
    .max(40)
    .default('now')
    .transform((text) => text.replace(/ (?=\d\d:?\d\d$)/, '+')),
  lang: z.enum(['en', 'zh']).optional(),
});

/** A figure's working: as text, unless JSON is asked for. */
export function explainRoute(app: FastifyInstance, explain: Explain, time: WireTime): void {
  app.get<{ Params: { id: string } }>('/v1/metrics/:id/explain', async ({ params: { id }, query, headers }, reply) => {
    const { window, at, piece, lang } = Query.parse(query);
    const found = await explain(id, piece === undefined ? `${window}@${at}` : `${window}#${piece}`);
    if ('refusal' in found) throw new HttpFault(found.status, found.refusal);
    reply.header('vary', 'accept, accept-language');
    if (/\bapplication\/json\b/.test(headers.accept ?? '')) return explanationBody(found.explanation, time);
    const language = lang ?? (/^zh\b/i.test(headers['accept-language'] ?? '') ? 'zh' : 'en');
    return reply.type('text/plain; charset=utf-8').send(explanationText(found.explanation, language));
  });
}

function explanationBody(explanation: Explanation, time: WireTime): object {
  const { figure, upTo, revisions, happened, entered, config, ...rest } = explanation;
  const { terms, ...configured } = rest;
  return {
    ...configured,
    figure: evaluationBody(figure, time, config),
    upTo: upTo === null ? null : time(upTo),
    terms: terms.map(({ meter, ...term }) => ({
      meter: meter.id,
      quantity: meter.quantity,
      kind: meter.kind,
      ...term,
    })),
    revisions: revisions.map((revision) => ({
      at: time(revision.at),
      ...evaluationBody(revision.figure, time, config),
    })),
    happened: happened.map((one) => ({ ...one, at: time(one.at) })),
    entered: entered.map(({ at, unit, body: { about, ...body } }) => ({
      at: time(at),
      ...body,
      unit,
      about: about && { from: time(about.from), to: time(about.to) },
    })),
  };
}
