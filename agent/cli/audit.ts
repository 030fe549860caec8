import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { anchorFrom, anchorText, readAnchor } from '../store/anchor.ts';
import type { AuditEvent, AuditRow } from '../store/contract.ts';
import { openSqlite } from '../store/sqlite.ts';
import { examineTrail } from '../store/trail.ts';
import { faultInWords } from '../store/words.ts';
import type { OptionsOf } from './options.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

type Read = (after: number, limit: number) => Promise<AuditRow[]>;
/** Rows printed at a time. */
const PAGE = 1_000;

/** `pertonne audit`: what an agent's audit trail says, and whether it is as it was written. The agent may be running. */
export async function audit({ action, data, anchor: asked }: OptionsOf<'audit'>): Promise<number> {
  if (action === 'list' && asked !== undefined) throw new UsageError('--anchor belongs to audit verify');
  const file = join(data, 'pertonne.db');
  if (!existsSync(file)) throw new Refused(`there is no log in ${data}; name the agent's folder with --data`);
  const database = await openSqlite(file, { readOnly: true }).catch(refused(file));
  try {
    const read: Read = (after, limit) =>
      database.all<AuditRow>('SELECT id, at, text, hash FROM audit WHERE id > ? ORDER BY id LIMIT ?', [after, limit]);
    return await (action === 'list' ? list(read) : verify(read, file, asked)).catch(refused(file));
  } finally {
    await database.close();
  }
}

/** JSON on one line, also for those who take U+2028 and U+2029 for the end of one. */
const line = (row: object): string =>
  JSON.stringify(row).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

async function list(read: Read): Promise<number> {
  for (let after = 0; ; ) {
    const rows = await read(after, PAGE);
    for (const { id, at, text, hash } of rows)
      process.stdout.write(`${line({ id, ...eventIn(text), at: new Date(at).toISOString(), hash })}\n`);
    const last = rows.at(-1);
    if (!last) return EXIT.done;
    after = last.id;
  }
}

function eventIn(text: string): Partial<AuditEvent> {
  try {
    return JSON.parse(text) as AuditEvent;
  } catch {
    return { action: 'unreadable', detail: { text } };
  }
}

async function verify(read: Read, file: string, asked: string | undefined): Promise<number> {
  const outside = asked === undefined ? undefined : anchorFrom(asked);
  if (asked !== undefined && !outside) throw new UsageError('--anchor: ID:HASH, as audit verify printed it before');
  // Read first: what is written meanwhile is after it.
  const beside = await readAnchor(file);
  const { last, faults } = await examineTrail(
    read,
    [beside, outside].flatMap((one) => one ?? []),
  );
  const all = [
    ...faults,
    ...(beside || last === null ? [] : ['the file audit-last, which says where the trail ends, is gone or damaged']),
  ];
  for (const fault of all) process.stdout.write(`${fault}\n`);
  if (all.length > 0) return EXIT.differs;
  process.stdout.write(
    last ? `${last.id} rows, each as it was written\n${anchorText(last)}\n` : 'the trail is empty\n',
  );
  return EXIT.done;
}

const refused =
  (file: string) =>
  (cause: unknown): never => {
    if (cause instanceof UsageError) throw cause;
    throw new Refused(`${file}: ${faultInWords(cause)}`, { cause });
  };
