import { z } from 'zod';
import type { Ms, Sample } from '../../rules/sample.ts';
import { readInstant } from './instant.ts';

const When = z.union([z.string(), z.number().transform(String)]);

/** A tag's minute, as the agent's history tells it: what it was last, at the minute's end. */
export const MinuteLine = z.looseObject({
  tag: z.string(),
  minute: When,
  last: z.number().nullable(),
  goodShare: z.number(),
});

const MINUTE: Ms = 60_000;

/** The sample that a minute comes to, or what is wrong with its time. */
export function ofMinute(
  { tag, minute, last, goodShare }: z.infer<typeof MinuteLine>,
  timeZone: string,
): Sample | string {
  const start = readInstant(minute, timeZone);
  if ('fault' in start) return start.fault;
  const end = start.at + MINUTE;
  const statusCode = last === null ? 'bad' : goodShare < 1 ? 'uncertain' : 'good';
  return { tag, value: last, statusCode, sourceTimestamp: end, receivedAt: end };
}
