import fc from 'fast-check';
import { beforeEach } from 'vitest';

/**
 * Random tests try the same cases at every run, so that none fails by dice: each test's seed follows from its name. Others
 * are tried with PROPERTY_SEED (a whole number) and with PROPERTY_RUNS (so many times as many cases).
 */

const { PROPERTY_SEED: seed = '0', PROPERTY_RUNS: factor = '1' } = process.env;

/** So many cases, or as many times more as are asked for. */
export const runs = (usual: number): number => Math.ceil(usual * Number(factor));

/** Another one for each name (FNV-1a, 32 bits). */
const seedOf = (name: string): number =>
  [...name].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193), 0x811c9dc5 ^ Number(seed));

beforeEach(({ task }) => {
  fc.configureGlobal({ seed: seedOf(task.name), numRuns: runs(100) });
});
