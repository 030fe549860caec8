import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Ms } from '../../rules/sample.ts';

/** Checkpoints among which the one is looked for that an agent was taken up from: more than a day of them. */
const MOST_CHECKPOINTS = 100_000;

/** As the recorder writes them. */
const START = /^\{"startedAt":\d+,"from":(\d+|null)\}/;
const KEPT = /^\{"keptAt":(\d+)\}/;

interface Kept {
  readonly at: Ms;
  readonly line: number;
}

/**
 * Which lines of a recording came to nothing: an agent that is killed is taken up from its last checkpoint, and what its
 * rules were given since then is in no figure of it. Where rules began anew, another log did.
 */
export async function lostLines(file: string): Promise<(line: number) => boolean> {
  const lost: { readonly after: number; readonly before: number }[] = [];
  let checkpoints: Kept[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    const at = Number(KEPT.exec(text)?.[1] ?? Number.NaN);
    if (!Number.isNaN(at)) checkpoints.push({ at, line });
    if (checkpoints.length > 2 * MOST_CHECKPOINTS) checkpoints = checkpoints.slice(-MOST_CHECKPOINTS);
    const [, from] = START.exec(text) ?? [];
    if (from === undefined) continue;
    const last = checkpoints.findLast((checkpoint) => checkpoint.at <= Number(from));
    if (last) lost.push({ after: last.line, before: line });
    checkpoints = [{ at: Number(from), line }];
  }
  return (place) => lost.some(({ after, before }) => place > after && place < before);
}
