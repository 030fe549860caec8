import type { PlantConfig } from '../../config/plant.ts';
import type { Ms } from '../../rules/sample.ts';
import { planOf } from '../describe.ts';
import { type Made, MemoryEngine } from './engine.ts';
import type { Faulty, Line } from './lines.ts';
import { type Batch, batchesOf, knownOf, linesOf, merged } from './read.ts';

/** Faulty lines that are told; the file may be of another form altogether. */
const MOST_TOLD = 100;

export interface Recomputed {
  /** Lines that were left out. */
  readonly faulty: readonly Faulty[];
  /** Lines that are in no figure, since the agent that took them was killed before its next checkpoint. */
  readonly lost: number;
  /** When the first line was received, and the last; null where there was none. */
  readonly span: { readonly from: Ms; readonly to: Ms } | null;
}

function give(engine: MemoryEngine, batch: Batch): void {
  if (batch.start) engine.takeUp(batch.now);
  else if (batch.isStep) engine.repeat(batch);
  else engine.feed(batch);
  for (const action of batch.actions) engine.act(action);
}

/**
 * Runs a file of samples, and what operators did meanwhile, through the rules, line by line, until every window that ended by its last line is closed.
 */
export async function recompute(
  config: PlantConfig,
  file: string,
  out: (made: Made) => void,
  { operators = [], room }: { operators?: readonly Line[]; room?: () => Promise<unknown> } = {},
): Promise<Recomputed> {
  const plan = planOf(config);
  const faulty: Faulty[] = [];
  let [untold, lost] = [0, 0];
  let engine: MemoryEngine | null = null;
  let from: Ms = Infinity;
  let isStepped = false;
  const lines = merged(linesOf(file, knownOf(config)), operators);
  const batches = batchesOf(lines, (line) => {
    if ('isLost' in line) lost++;
    else if (faulty.length < MOST_TOLD) faulty.push(line);
    else untold++;
  });
  for await (const batch of batches) {
    const isAnew = batch.start?.from === null;
    if (!engine || isAnew) engine = new MemoryEngine(plan, batch.now, out);
    from = Math.min(from, batch.now);
    give(engine, batch);
    isStepped = batch.isStep || batch.start !== undefined;
    await room?.();
  }
  const to = engine?.now;
  if (!isStepped) engine?.finish();
  if (untold > 0) faulty.push({ line: faulty.at(-1)!.line, fault: `and ${untold} lines after it` });
  return { faulty, lost, span: to === undefined ? null : { from, to } };
}
