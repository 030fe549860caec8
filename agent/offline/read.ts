import { extname } from 'node:path';
import type { PlantConfig } from '../../config/plant.ts';
import type { Input } from '../../rules/engine.ts';
import type { Ms } from '../../rules/sample.ts';
import { csvLines } from './csv.ts';
import { jsonLines } from './jsonLines.ts';
import type { Faulty, Known, Line } from './lines.ts';

export const knownOf = ({ plant, tags }: PlantConfig): Known => ({
  timeZone: plant.calendar.timeZone,
  tags: new Set(tags.filter(({ derivation }) => !derivation).map(({ id }) => id)),
  derived: new Set(tags.filter(({ derivation }) => derivation).map(({ id }) => id)),
});

/** The lines of a file of samples: a table if its name ends in csv, else JSON lines. */
export const linesOf = (file: string, known: Known): AsyncGenerator<Line> =>
  extname(file) === '.csv' ? csvLines(file, known) : jsonLines(file, known);

/** Lines received at one instant are one input; time never goes back. Faulty lines are told and left out. */
export async function* inputsOf(lines: AsyncIterable<Line>, faulty: (line: Faulty) => void): AsyncGenerator<Input> {
  let now: Ms | null = null;
  let samples: Input['samples'][number][] = [];
  for await (const line of lines) {
    if ('fault' in line) {
      faulty(line);
      continue;
    }
    if (now !== null && line.at > now) {
      yield { now, samples };
      samples = [];
    }
    now = Math.max(line.at, now ?? line.at);
    samples.push(...line.samples);
  }
  if (now !== null) yield { now, samples };
}
