import { dirname, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PlantConfig, TagConfig } from './plant.ts';
import { NAMES_FILE } from './resolve.ts';

/** What is different between two configurations of a plant, in the words of its file. */

/** One value of an entry, or a setting, by its name in the file; undefined where it is not there. */
export interface Change {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly id: string; readonly changes: readonly Change[] }[];
}

export const PARTS = ['lines', 'endpoints', 'tags', 'meters', 'metrics', 'platforms'] as const;
export type Part = (typeof PARTS)[number];

/** By id; where a list's order is all that changed, nothing is told. `settings` have dots in their names: `store.keep`. */
export type PlantDiff = { readonly [P in Part]: Changes } & { readonly settings: readonly Change[] };

export function diffOf(before: PlantConfig, after: PlantConfig): PlantDiff {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const parts = PARTS.map((part) => [part, changesOf(old[part], now[part])]);
  return {
    ...(Object.fromEntries(parts) as { [P in Part]: Changes }),
    settings: differences(settingsOf(before), settingsOf(after)),
  };
}

export const isEmpty = (diff: PlantDiff): boolean =>
  diff.settings.length === 0 && PARTS.every((part) => idsOf(diff[part]).length === 0);

/** All entries of a part that are not as they were. */
export const idsOf = ({ added, removed, changed }: Changes): string[] => [
  ...added,
  ...removed,
  ...changed.map(({ id }) => id),
];

/** Settings that a running agent cannot take up: where it listens, what it is called, how its time runs. */
const AT_START = /^(agent|http|clock|plant\.(path|calendar))(\.|$)/;

export const needsRestart = ({ settings }: PlantDiff): readonly Change[] =>
  settings.filter(({ key }) => AT_START.test(key));

/** Whether the rest waits with them: under another calendar, or another plant, nothing goes on as it was. */
export const waitsAsAWhole = (diff: PlantDiff): boolean =>
  needsRestart(diff).some(({ key }) => key.startsWith('plant.'));

type Entry = Readonly<Record<string, unknown>>;
type Entries = ReadonlyMap<string, Entry>;

function entriesOf(config: PlantConfig): Readonly<Record<Part, Entries>> {
  const written = <T extends object>(entry: T): T => withRelativeFiles(entry, dirname(config.sourceFile));
  return {
    lines: byId(config.lines),
    endpoints: byId(
      config.endpoints.map(({ id, protocol, options }) => ({ id, protocol, ...written(options as object) })),
    ),
    tags: tagEntries(config),
    meters: byId(config.meters),
    metrics: byId(config.metrics),
    platforms: byId(config.platforms.map(written)),
  };
}

const byId = (list: readonly { readonly id: string }[]): Entries =>
  new Map(list.map((entry) => [entry.id, { ...entry }]));

/** Files by their names from the plant's file on: the same wherever that lies. */
const withRelativeFiles = <T extends object>(entry: T, folder: string): T =>
  Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      key,
      NAMES_FILE.test(key) && typeof value === 'string' ? relative(folder, value) : value,
    ]),
  ) as T;

/** Tags with where they are read; a derived one is told by its expression, from which the rest follows. */
export function tagEntries({ tags, endpoints }: Pick<PlantConfig, 'tags' | 'endpoints'>): Entries {
  const addresses = new Map(endpoints.flatMap(({ points }) => points.map(({ tag, address }) => [tag, address])));
  const entry = ({ derivation: _, ...tag }: TagConfig): Entry => ({ ...tag, address: addresses.get(tag.id) });
  return byId(tags.map((tag) => ({ id: tag.id, ...entry(tag) })));
}

function changesOf(before: Entries, after: Entries): Changes {
  const changed = [...after].flatMap(([id, now]) => {
    const old = before.get(id);
    const changes = old ? differences(old, now) : [];
    return changes.length > 0 ? [{ id, changes }] : [];
  });
  return {
    added: [...after.keys()].filter((id) => !before.has(id)),
    removed: [...before.keys()].filter((id) => !after.has(id)),
    changed,
  };
}

const differences = (before: Entry, after: Entry): Change[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({ key, before: before[key], after: after[key] }));

const settingsOf = ({ agent, plant, http, store, clock }: PlantConfig): Entry => ({
  agent,
  ...Object.fromEntries(dotted({ plant, http, store, clock })),
});

/** Every value of nested mappings by the names that lead to it. */
const dotted = (value: object, prefix = ''): [string, unknown][] =>
  Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, unknown][] =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? dotted(inner, `${prefix}${key}.`)
      : [[prefix + key, inner]],
  );
