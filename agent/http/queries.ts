import { z } from 'zod';
import { ALL_KINDS } from '../../rules/interval.ts';
import { RECORD_KINDS } from '../stream/protocol.ts';
import { Cursor } from './page.ts';

/** Rows that one answer holds at most; the next ones are asked for with `cursor`. */
export const MAX_ROWS = 2_000;
/** Rows of an answer that does not say how many. */
export const USUAL_ROWS = 500;

/** The metric, meter or tag that a path names. */
export const WithId = z.object({ id: z.string().min(1).max(200).describe('its name in the plant file') });

/** ISO 8601 with an offset, to epoch milliseconds. A `+` that was not escaped arrives as a space. */
export const Instant = z.preprocess(
  (text) => (typeof text === 'string' ? text.replace(' ', '+') : text),
  z.iso
    .datetime({ offset: true, error: 'an instant such as 2026-11-23T10:00:00+08:00' })
    .transform((text) => Date.parse(text)),
);

const paged = {
  cursor: Cursor.optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_ROWS)
    .optional()
    .describe(`most rows; in JSON ${USUAL_ROWS} without it, in CSV all`),
  format: z.enum(['json', 'csv']).optional().describe('goes before the header Accept'),
};

export const PageQuery = z.object(paged);

const span = {
  from: Instant.optional().describe('first instant; without it the oldest there is'),
  to: Instant.optional().describe('first instant beyond; without it all there is'),
  ...paged,
};

export const MetricQuery = z.strictObject({ window: z.enum(ALL_KINDS), ...span });
export const HistoryQuery = z.strictObject(span);

/** `evaluation,alarm`, or the parameter several times. */
const Kinds = z.preprocess(
  (given) => (typeof given === 'string' ? given.split(',') : given),
  z.array(z.enum(RECORD_KINDS)).min(1),
);
export const RecordsQuery = z.strictObject({
  after: z.coerce.number().int().nonnegative().default(0).describe('records with a greater seq'),
  kinds: Kinds.optional().describe('of these kinds only; a page may then be short, or empty, and still have a next'),
  ...paged,
});
