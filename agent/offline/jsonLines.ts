import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Complaint, complaintsOf, inWords, pathText } from '../../config/faults.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { readHand } from './hand.ts';
import { readInstant } from './instant.ts';
import { type Given, type Known, type Line, receivedAt } from './lines.ts';
import { lostLines } from './lost.ts';
import { MinuteLine, ofMinute } from './minutes.ts';

/** An exact 64-bit count is marked text: JSON has no such number. */
const Count = z.strictObject({ $bigint: z.string().regex(/^[+-]?\d+$/) }).transform(({ $bigint }) => BigInt($bigint));
const When = z.union([z.string(), z.number().transform(String)]);

/** A reading of a tag, as `--record` writes it. */
const SampleLine = z.strictObject({
  tag: z.string(),
  value: z.union([z.number(), z.string(), z.null(), z.bigint(), Count]),
  statusCode: z.enum(['good', 'uncertain', 'bad']).default('good'),
  reason: z.string().optional(),
  sourceTimestamp: When,
  serverTimestamp: z.number().optional(),
  takenWithin: z.number().nonnegative().optional(),
  unread: z.literal(true).optional(),
  receivedAt: When.optional(),
  takenAt: When.optional(),
  again: z.literal(true).optional(),
});

/** A step of an agent's rules by which time passed. */
const StepLine = z.strictObject({ takenAt: When, again: z.literal(true).optional() });

/** An agent's start, as `--record` writes it. */
const StartLine = z.strictObject({ startedAt: When, from: z.number().nullable() });

/** Samples as JSON lines: readings, or rows of a tag's history; and what operators did (`enteredAt`). Lines are in the order in which they were received. */
export async function* jsonLines(file: string, known: Known): AsyncGenerator<Line> {
  let line = 0;
  let before: Ms | null = null;
  const isLost = await lostLines(file);
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    if (text.trim() === '' || text.startsWith('#')) continue;
    if (isLost(line)) {
      yield { line, isLost: true };
      continue;
    }
    const read = lineOf(text, line, known, before);
    if (!read) continue;
    if ('at' in read) before = read.at;
    yield read;
  }
}

/** Null for one that brings nothing. */
function lineOf(text: string, line: number, known: Known, before: Ms | null): Line | null {
  const json = parsed(text);
  if (json === undefined) return { line, fault: 'is no JSON object' };
  if (Object.hasOwn(json, 'enteredAt')) return handLine(json, line, known);
  if (Object.hasOwn(json, 'keptAt')) return null;
  if (Object.hasOwn(json, 'startedAt')) return startLine(json, line, known);
  const schema = Object.hasOwn(json, 'tag') || !Object.hasOwn(json, 'takenAt') ? SampleLine : StepLine;
  const { data, error } = (Object.hasOwn(json, 'minute') ? MinuteLine : schema).safeParse(json, { error: inWords });
  if (error) return { line, fault: inOneLine(complaintsOf(error)) };
  const taken =
    'takenAt' in data && data.takenAt !== undefined ? readInstant(String(data.takenAt), known.timeZone) : null;
  if (taken && 'fault' in taken) return { line, fault: taken.fault };
  const step = { ...(taken && { isStep: true as const }), ...('again' in data && { isAgain: true as const }) };
  if (!('tag' in data)) return { line, at: taken!.at, samples: [], ...step };
  const sample = 'minute' in data ? ofMinute(data, known.timeZone) : ofReading(data, known, before);
  if (typeof sample === 'string') return { line, fault: sample };
  const { tag } = sample;
  const at = taken?.at ?? sample.receivedAt;
  if (known.derived.has(tag)) return { line, at, samples: [] };
  if (!known.tags.has(tag)) return { line, fault: `no tag named "${tag}"${didYouMean(tag, known.tags)}` };
  return { line, at, samples: [sample], ...step } satisfies Given;
}

const inOneLine = (complaints: readonly Complaint[]): string =>
  complaints.map(({ path, message }) => `${pathText(path)}: ${message}`).join('; ');

function handLine(json: object, line: number, { timeZone }: Known): Line {
  const read = readHand(json, timeZone);
  return 'at' in read ? { line, at: read.at, samples: [], ...read.hand } : { line, fault: inOneLine(read.complaints) };
}

function startLine(json: object, line: number, { timeZone }: Known): Line {
  const { data, error } = StartLine.safeParse(json, { error: inWords });
  if (error) return { line, fault: inOneLine(complaintsOf(error)) };
  const at = readInstant(data.startedAt, timeZone);
  return 'fault' in at ? { line, fault: at.fault } : { line, at: at.at, samples: [], start: { from: data.from } };
}

/** A whole number of so many digits may be above 2^53, where JSON would round it. */
const LONG_COUNT = /\d{16}/;

const exactly = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
  const source = context?.source ?? '';
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

function parsed(text: string): object | undefined {
  try {
    const json: unknown = LONG_COUNT.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function ofReading(read: z.infer<typeof SampleLine>, { timeZone }: Known, before: Ms | null): Sample | string {
  const {
    sourceTimestamp,
    receivedAt: receipt,
    takenAt: _,
    again: _again,
    reason,
    takenWithin,
    serverTimestamp,
    unread,
    ...rest
  } = read;
  const made = readInstant(sourceTimestamp, timeZone);
  if ('fault' in made) return made.fault;
  const received = receipt === undefined ? { at: receivedAt(made.at, before) } : readInstant(receipt, timeZone);
  if ('fault' in received) return received.fault;
  const more = {
    ...(reason !== undefined && { reason }),
    ...(takenWithin !== undefined && { takenWithin }),
    ...(serverTimestamp !== undefined && { serverTimestamp }),
    ...(unread && { unread }),
  };
  return { ...rest, ...more, sourceTimestamp: made.at, receivedAt: received.at };
}
