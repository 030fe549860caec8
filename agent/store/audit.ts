import { createHash } from 'node:crypto';
import type { AuditEvent, AuditRow } from './contract.ts';
import type { Sqlite } from './sqlite.ts';

const hashOf = (before: string, { id, at, text }: Omit<AuditRow, 'hash'>): string =>
  createHash('sha256').update(`${before}\n${id}\n${at}\n${text}`).digest('hex');

/** Adds events to the trail inside the caller's transaction. */
export async function addToTrail(database: Sqlite, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  const last = await database.get<AuditRow>('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1');
  let { id, hash } = last ?? { id: 0, hash: '' };
  for (const event of events) {
    const row = { id: ++id, at: event.at, text: JSON.stringify(event) };
    hash = hashOf(hash, row);
    await database.run('INSERT INTO audit (id, at, text, hash) VALUES (?, ?, ?, ?)', [row.id, row.at, row.text, hash]);
  }
}

/** The id of the first row that does not follow from `before`, the hash of the row ahead of them; null when all do. */
export function trailBreak(rows: readonly AuditRow[], before: string): number | null {
  let hash = before;
  for (const row of rows) {
    hash = hashOf(hash, row);
    if (hash !== row.hash) return row.id;
  }
  return null;
}
