import { z } from 'zod';
import { sightFor } from '../access/sight.ts';
import { sheetOf } from '../explain/compose.ts';
import type { Explanation } from '../explain/contract.ts';
import type { Found } from '../explain/find.ts';
import type { Language } from '../explain/language.ts';
import { LOCAL } from '../explain/pen.ts';
import { explanationText } from '../explain/render.ts';
import { evaluationBody, type WireTime } from '../wire.ts';
import { ExplanationBody } from './answers.ts';
import type { PlantDescription } from './contract.ts';
import { HttpFault } from './errors.ts';
import { type Operation, operation } from './operation.ts';
import { WithId } from './queries.ts';

/** Finds what there is to say of `hour@2026-11-24T08:00` of a metric or meter. */
export type Explain = (id: string, window: string) => Promise<Found>;

const Query = z.strictObject({
  piece: z.string().max(200).optional().describe("instead of `at`: a piece's identity"),
  window: z.string().max(20).describe('kind of window'),
  at: z
    .string()
    .max(40)
    .default('now')
    // A `+` that was not escaped arrives as a space.
    .transform((text) => text.replace(/ (?=\d\d:?\d\d$)/, '+'))
    .describe('`now`, `last`, or any instant in the window'),
  lang: z.enum(['en', 'zh']).optional().describe('goes before the header Accept-Language'),
});

/** A figure's working: as text, unless JSON is asked for. */
export function explaining(explain: Explain, plant: () => PlantDescription, time: WireTime): Operation {
  return operation(
    {
      ...{ id: 'explain', method: 'GET', path: '/v1/metrics/{id}/explain', params: WithId },
      query: Query,
      summary: 'How a figure came about; JSON where Accept asks for it, else text',
      answers: { 200: { what: "a figure's working", json: ExplanationBody, others: ['text/plain; charset=utf-8'] } },
      refusals: { 404: 'no such metric, or no such figure' },
    },
    async ({ params: { id }, query: { window, at, piece, lang }, request, reply }) => {
      const { headers } = request;
      if (!sightFor(request, plant()).metric(id)) throw new HttpFault(404, 'no such metric');
      const found = await explain(id, piece === undefined ? `${window}@${at}` : `${window}#${piece}`);
      if ('refusal' in found) throw new HttpFault(found.status, found.refusal);
      reply.header('vary', 'accept, accept-language');
      const language = lang ?? (/^zh\b/i.test(headers['accept-language'] ?? '') ? 'zh' : 'en');
      if (/\bapplication\/json\b/.test(headers.accept ?? '')) return explanationBody(found.explanation, time, language);
      return reply.type('text/plain; charset=utf-8').send(explanationText(found.explanation, language));
    },
  );
}

function explanationBody(
  explanation: Explanation,
  time: WireTime,
  language: Language,
): z.input<typeof ExplanationBody> {
  const { figure, upTo, revisions, happened, entered, config, terms, plausible, ...rest } = explanation;
  return {
    ...rest,
    sheet: sheetOf(explanation, LOCAL[language]),
    plausible: plausible && [...plausible],
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
