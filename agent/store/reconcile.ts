import type { Ms } from '../../rules/sample.ts';
import type { GapBody } from '../stream/protocol.ts';
import { checkpointCrc } from './checksum.ts';
import type { Cursor } from './contract.ts';
import { type Extent, extentOf } from './extent.ts';
import type { Sqlite } from './sqlite.ts';
import { Appended, transaction } from './transaction.ts';

/**
 * A sound file may still not hold what it should: its end is lost, it is another log than before, a backup, or its
 * checkpoint is damaged. Each is made good, and told by a record; resolves to those. `mark`: what was committed last.
 */
export async function reconcile(writer: Sqlite, mark: Cursor | null, now: Ms): Promise<GapBody[]> {
  const extent = await extentOf(writer);
  const { copied } = (await writer.get<{ copied: number | null }>('SELECT copied FROM meta'))!;
  const gaps: GapBody[] = [];
  const gap = misfit(extent, mark, copied !== null);
  // Numbers that readers know would otherwise come again with other content.
  if (gap)
    gaps.push(await enter(writer, 'UPDATE meta SET epoch = lower(hex(randomblob(16))), copied = NULL', gap, now));
  const row = await writer.get<{ body: string; crc: number | null }>('SELECT body, crc FROM checkpoint');
  if (row && row.crc !== null && row.crc !== checkpointCrc(row.body)) {
    const anew = { reason: 'damaged-checkpoint', detail: 'figures begin anew' } as const;
    gaps.push(await enter(writer, 'DELETE FROM checkpoint', anew, now));
  }
  return gaps;
}

function misfit({ epoch, last }: Extent, mark: Cursor | null, isCopy: boolean): GapBody | null {
  if (isCopy) return { reason: 'restored', former: { epoch, lastSeq: last } };
  if (!mark) return null;
  const former = { epoch: mark.epoch, lastSeq: mark.seq };
  if (mark.epoch !== epoch) return { reason: 'missing-log', former };
  if (mark.seq <= last) return null;
  return { reason: 'lost-end', from: last + 1, to: mark.seq, records: mark.seq - last, former };
}

async function enter(writer: Sqlite, change: string, gap: GapBody, now: Ms): Promise<GapBody> {
  await writer.exec(`BEGIN IMMEDIATE; ${change}`);
  await appendGap(writer, gap, now);
  await writer.exec('COMMIT');
  return gap;
}

/** Adds a record of what is missing, inside the caller's transaction. */
export async function appendGap(writer: Sqlite, gap: GapBody, now: Ms): Promise<void> {
  const appended = new Appended((await extentOf(writer)).last);
  await transaction(writer, appended, () => {}).append([{ kind: 'gap', at: now, key: null, body: gap }]);
  await writer.exec(appended.summed);
}
