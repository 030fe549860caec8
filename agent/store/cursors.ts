import type { Ms } from '../../rules/sample.ts';
import { placeCrc } from './checksum.ts';
import type { Cursor } from './contract.ts';
import { insert } from './insert.ts';
import type { Damaged } from './queries.ts';
import { isSoundPlace, type PlaceRow } from './sound.ts';
import type { Sqlite } from './sqlite.ts';

/** Durable readers kept; beyond it the one that was saved longest ago goes, and starts anew if it comes back. */
const MOST = 10_000;

const KEPT = 'SELECT * FROM cursors WHERE name IN (SELECT value FROM json_each(?))';
const SAVE = 'INSERT OR REPLACE INTO cursors';
const COLUMNS = ['name', 'epoch', 'seq', 'updated_at', 'crc'];
const BOUND =
  'DELETE FROM cursors WHERE name IN (SELECT name FROM cursors ORDER BY updated_at DESC, name LIMIT -1 OFFSET ?)';

interface Place extends Cursor {
  readonly at: Ms;
}

/** Places of durable readers on their way into the file: many acks, one write with the next commit. */
export class Cursors {
  readonly #waiting = new Map<string, Place>();
  readonly #damaged: Damaged;
  #dropped = 0;

  constructor(damaged: Damaged) {
    this.#damaged = damaged;
  }

  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The place of a reader, of which `committed` stands in the file. */
  get(name: string, committed: Cursor | undefined): Cursor | undefined {
    const place = this.#waiting.get(name);
    if (!place || (committed?.epoch === place.epoch && committed.seq > place.seq)) return committed;
    return { epoch: place.epoch, seq: place.seq };
  }

  /** How many were dropped, because there were too many, since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  save(name: string, { epoch, seq }: Cursor, at: Ms): void {
    const before = this.#waiting.get(name);
    if (before?.epoch !== epoch || before.seq < seq) this.#waiting.set(name, { epoch, seq, at });
  }

  /** Writes inside the caller's transaction; what it returns is called after COMMIT. */
  async write(database: Sqlite): Promise<() => void> {
    const taken = [...this.#waiting];
    let dropped = 0;
    if (taken.length > 0) {
      const rows = await database.all<PlaceRow>(KEPT, [JSON.stringify(taken.map(([name]) => name))]);
      const kept = new Map(rows.filter((row) => isSoundPlace(row, this.#damaged)).map((row) => [row.name, row]));
      const further = taken.filter(([name, { epoch, seq }]) => {
        const before = kept.get(name);
        return before?.epoch !== epoch || before.seq < seq;
      });
      await insert(
        database,
        SAVE,
        COLUMNS,
        further.flatMap(([name, { epoch, seq, at }]) => [name, epoch, seq, at, placeCrc(name, epoch, seq, at)]),
      );
      dropped = await database.run(BOUND, [MOST]);
    }
    return () => {
      this.#dropped += dropped;
      for (const [name, place] of taken) if (this.#waiting.get(name) === place) this.#waiting.delete(name);
    };
  }
}
