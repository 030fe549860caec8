import type { PlantConfig } from '../../config/plant.ts';
import type { Ms } from '../../rules/sample.ts';
import { planOf } from '../describe.ts';
import { type Made, MemoryEngine } from './engine.ts';
import type { Faulty } from './lines.ts';
import { inputsOf, knownOf, linesOf } from './read.ts';

/** Faulty lines that are told; the file may be of another form altogether. */
const MOST_TOLD = 100;

export interface Recomputed {
  /** Lines that were left out. */
  readonly faulty: readonly Faulty[];
  /** When the first line was received, and the last; null where there was none. */
  readonly span: { readonly from: Ms; readonly to: Ms } | null;
}

/**
 * Runs a file of samples through the rules, line by line, until every window that ended by its last line is closed.
 */
export async function recompute(config: PlantConfig, file: string, out: (made: Made) => void): Promise<Recomputed> {
  const plan = planOf(config);
  const faulty: Faulty[] = [];
  let untold = 0;
  let engine: MemoryEngine | null = null;
  let from: Ms = Infinity;
  const inputs = inputsOf(linesOf(file, knownOf(config)), (line) => {
    if (faulty.length < MOST_TOLD) faulty.push(line);
    else untold++;
  });
  for await (const input of inputs) {
    engine ??= new MemoryEngine(plan, input.now, out);
    from = Math.min(from, input.now);
    engine.feed(input);
  }
  const to = engine?.now;
  engine?.finish();
  if (untold > 0) faulty.push({ line: faulty.at(-1)!.line, fault: `and ${untold} lines after it` });
  return { faulty, span: to === undefined ? null : { from, to } };
}
