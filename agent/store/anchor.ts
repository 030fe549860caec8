import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Anchor } from './trail.ts';

/** The last row of the audit trail, in a file beside the log: it tells when the trail's end was cut off. */

const fileOf = (log: string): string => join(dirname(log), 'audit-last');

/** `1042:9f…`, as `audit verify` prints it; undefined for anything else. */
export function anchorFrom(text: string): Anchor | undefined {
  const [, id, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return hash === undefined ? undefined : { id: Number(id), hash };
}

export const anchorText = ({ id, hash }: Anchor): string => `${id}:${hash}`;

/** Undefined where there is none; null where what is there is none. `log` is the log's file. */
export async function readAnchor(log: string): Promise<Anchor | null | undefined> {
  const text = await readFile(fileOf(log), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  return text === undefined ? undefined : (anchorFrom(text) ?? null);
}

/** Written after the commit: it is never ahead of the trail. */
export const writeAnchor = (log: string, anchor: Anchor): Promise<void> =>
  writeFile(fileOf(log), `${anchorText(anchor)}\n`, { mode: 0o600 });
