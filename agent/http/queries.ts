import { z } from 'zod';
import { ALL_KINDS } from '../../rules/interval.ts';

/** Rows that one answer holds at most; more is asked for with the next `from` or `after`. */
export const MAX_ROWS = 2_000;

const Limit = z.coerce.number().int().min(1).max(MAX_ROWS).default(500);

/** ISO 8601 with an offset, to epoch milliseconds. A `+` that was not escaped arrives as a space. */
export const Instant = z.preprocess(
  (text) => (typeof text === 'string' ? text.replace(' ', '+') : text),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
);

/** Half-open [from, to). */
const span = {
  from: Instant.default(Number.NEGATIVE_INFINITY),
  to: Instant.default(Number.POSITIVE_INFINITY),
  limit: Limit,
};

export const MetricQuery = z.strictObject({ window: z.enum(ALL_KINDS), ...span });
export const HistoryQuery = z.strictObject(span);
export const RecordsQuery = z.strictObject({ after: z.coerce.number().int().nonnegative().default(0), limit: Limit });
