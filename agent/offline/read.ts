import { extname } from 'node:path';
import type { PlantConfig } from '../../config/plant.ts';
import type { AlarmAction } from '../../rules/alarm.ts';
import type { Input } from '../../rules/engine.ts';
import type { Entry } from '../../rules/entry.ts';
import type { Ms } from '../../rules/sample.ts';
import { csvLines } from './csv.ts';
import { jsonLines } from './jsonLines.ts';
import type { Faulty, Given, Known, Line, Lost } from './lines.ts';

export const knownOf = ({ plant, tags }: PlantConfig): Known => ({
  timeZone: plant.calendar.timeZone,
  tags: new Set(tags.filter(({ derivation }) => !derivation).map(({ id }) => id)),
  derived: new Set(tags.filter(({ derivation }) => derivation).map(({ id }) => id)),
});

/** The lines of a file of samples: a table if its name ends in csv, else JSON lines. */
export const linesOf = (file: string, known: Known): AsyncGenerator<Line> =>
  extname(file) === '.csv' ? csvLines(file, known) : jsonLines(file, known);

/** What is taken in one step. */
export interface Batch extends Input {
  readonly entries: readonly Entry[];
  readonly actions: readonly AlarmAction[];
  readonly isStep: boolean;
  readonly start: Given['start'];
}

/**
 * Lines received at one instant are taken together, what operators do after the rest. Time never goes back, but for an
 * agent's own, whose clock may be set. What is faulty or lost is told and left out.
 */
export async function* batchesOf(
  lines: AsyncIterable<Line>,
  leftOut: (line: Faulty | Lost) => void,
): AsyncGenerator<Batch> {
  let now: Ms | null = null;
  let given: Given[] = [];
  for await (const line of lines) {
    if ('fault' in line || 'isLost' in line) {
      leftOut(line);
      continue;
    }
    const at: Ms = line.isStep || line.start || now === null ? line.at : Math.max(line.at, now);
    if (now !== null && given.length > 0 && (at !== now || isApart(line, given.at(-1)!))) {
      yield batchOf(now, given);
      given = [];
    }
    now = at;
    given.push(line);
  }
  if (now !== null) yield batchOf(now, given);
}

const isApart = (line: Given, before: Given): boolean =>
  line.isAgain ||
  line.start !== undefined ||
  before.start !== undefined ||
  (before.action !== undefined && !line.action);

const batchOf = (now: Ms, given: readonly Given[]): Batch => ({
  now,
  samples: given.flatMap(({ samples }) => samples),
  entries: given.flatMap(({ entry }) => entry ?? []),
  actions: given.flatMap(({ action }) => action ?? []),
  isStep: given.some(({ isStep }) => isStep),
  start: given[0]?.start,
});

/** Both in the order of time; of lines at one instant those of the file first. */
export async function* merged(lines: AsyncIterable<Line>, others: readonly Line[]): AsyncGenerator<Line> {
  const waiting = [...others];
  for await (const line of lines) {
    while (waiting[0] && 'at' in waiting[0] && 'at' in line && waiting[0].at < line.at) yield waiting.shift()!;
    yield line;
  }
  yield* waiting;
}
