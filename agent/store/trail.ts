import { trailBreak } from './audit.ts';
import type { AuditRow } from './contract.ts';

/** A row of the audit trail and its hash, kept outside: the trail must still have it. */
export interface Anchor {
  readonly id: number;
  readonly hash: string;
}

export interface Examined {
  /** Null where the trail is empty. */
  readonly last: Anchor | null;
  /** What is wrong, in words; empty where every row is as it was written. */
  readonly faults: readonly string[];
}

/** Rows read at a time. */
const PAGE = 1_000;

/**
 * Reads the trail from its first row on. A row that was changed, put in, taken out or moved breaks the chain; that its
 * end was cut off, or all of it written anew, shows only by an anchor.
 */
export async function examineTrail(
  read: (after: number, limit: number) => Promise<readonly AuditRow[]>,
  anchors: readonly Anchor[],
): Promise<Examined> {
  const faults: string[] = [];
  const found = new Map<number, string>();
  let last: Anchor = { id: 0, hash: '' };
  for (let rows = await read(0, PAGE); rows.length > 0; rows = await read(last.id, PAGE)) {
    const first = rows.findIndex(({ id }, place) => id !== last.id + 1 + place);
    if (first >= 0) return { last, faults: [...faults, missing(last.id + 1 + first, rows[first]!.id)] };
    const broken = trailBreak(rows, last.hash);
    if (broken !== null) return { last, faults: [...faults, changed(broken)] };
    for (const { id, hash } of rows) if (anchors.some((anchor) => anchor.id === id)) found.set(id, hash);
    last = rows.at(-1)!;
  }
  for (const { id, hash } of anchors) {
    if (id > last.id) faults.push(`the trail ends with row ${last.id}, and had row ${id}: its end was cut off`);
    else if (id > 0 && found.get(id) !== hash)
      faults.push(`row ${id} is not the one of the anchor: it was written anew`);
  }
  return { last: last.id === 0 ? null : { id: last.id, hash: last.hash }, faults };
}

const missing = (wanted: number, there: number): string =>
  there > wanted ? `row ${wanted} is missing: row ${there} follows` : `row ${there} is where row ${wanted} should be`;
const changed = (id: number): string =>
  `row ${id} does not follow from the one before it: one of the two was changed, put in or moved`;
