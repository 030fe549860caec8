import { isDeepStrictEqual } from 'node:util';
import { definitionsOf, redefinedIn } from '../../config/definition.ts';
import {
  type Change,
  type Changes,
  diffOf,
  idsOf,
  isEmpty,
  needsRestart,
  PARTS,
  type PlantDiff,
  waitsAsAWhole,
} from '../../config/diff.ts';
import { plainText } from '../../config/faults.ts';
import { isMapping } from '../../config/modelMetric.ts';
import { configOf } from './check.ts';
import type { OptionsOf } from './options.ts';
import { EXIT } from './usage.ts';

interface Consequences {
  /** Meters that do not go on from their counts. */
  readonly anew: readonly string[];
  readonly sameFigures: boolean;
}

/** `pertonne diff`: what is different between two plant files, in their own words. */
export async function diff({ old, new: now, json }: OptionsOf<'diff'>): Promise<number> {
  const [before, after] = [await configOf(old), await configOf(now)];
  const found = diffOf(before, after);
  const redefined = redefinedIn(definitionsOf(before), definitionsOf(after));
  const consequences = { anew: [...redefined.meters], sameFigures: before.fingerprint === after.fingerprint };
  const told = { ...found, restart: keysOf(needsRestart(found)), ...consequences };
  if (json) process.stdout.write(`${jsonText(told, 2)}\n`);
  else process.stdout.write(isEmpty(found) ? 'no difference\n' : `${diffText(found)}${adviceOf(found, consequences)}`);
  return isEmpty(found) ? EXIT.done : EXIT.differs;
}

const keysOf = (changes: readonly Change[]): string[] => changes.map(({ key }) => key);

function diffText(found: PlantDiff): string {
  const parts = PARTS.filter((part) => idsOf(found[part]).length > 0).map(
    (part) => `${part}:\n${entriesText(found[part])}`,
  );
  const settings = found.settings.map((change) => changeLines(change, '  ~ ')).join('');
  return [...parts, ...(settings ? [`settings:\n${settings}`] : [])].join('');
}

const entriesText = ({ added, removed, changed }: Changes): string =>
  [
    ...removed.map((id) => `  - ${id}\n`),
    ...added.map((id) => `  + ${id}\n`),
    ...changed.map(
      ({ id, changes }) => `  ~ ${id}\n${changes.map((change) => changeLines(change, '      ')).join('')}`,
    ),
  ].join('');

/** The innermost names of what is different, a line each. */
function changeLines({ key, before, after }: Change, indent: string): string {
  if (!isMapping(before) || !isMapping(after)) {
    const name = key.replace(/Ms$/, '');
    return `${indent}${name}: ${valueText(key, before)} -> ${valueText(key, after)}\n`;
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .filter((inner) => !isDeepStrictEqual(before[inner], after[inner]))
    .map((inner) => changeLines({ key: `${key}.${inner}`, before: before[inner], after: after[inner] }, indent))
    .join('');
}

/** What the file gives as a duration, and a configuration has in milliseconds. */
const DURATION = /(Ms|period|timeout|pause|delay|maxGap|interval|keep|history)$/i;

/** Safe for a terminal, and of bounded length. */
function valueText(key: string, value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' && DURATION.test(key) ? durationText(value) : plainText(jsonText(value));
}

function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, long]) => ms % long === 0 && ms > 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
const UNITS: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** Counts above 2^53 as text. */
const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner), indent);

function adviceOf(found: PlantDiff, { anew, sameFigures }: Consequences): string {
  const figures = sameFigures ? 'No figure is made in another way.' : 'Figures are made in another way from then on.';
  const meters =
    anew.length > 0 ? `\nThe readings of these meters mean something else, they count anew: ${anew.join(', ')}` : '';
  return `${takenUp(found)} ${figures}${meters}\n`;
}

function takenUp(found: PlantDiff): string {
  const waiting = keysOf(needsRestart(found)).join(', ');
  if (waitsAsAWhole(found)) return `A running agent takes none of it up before a new start, because of ${waiting}.`;
  if (waiting) return `A running agent takes it up without a new start, but for ${waiting}.`;
  return 'A running agent takes all of it up without a new start.';
}
