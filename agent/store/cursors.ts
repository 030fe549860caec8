import type { Ms } from '../../rules/sample.ts';
import type { Cursor } from './contract.ts';
import type { Sqlite } from './sqlite.ts';

/** Durable readers kept; beyond it the one that was saved longest ago goes, and starts anew if it comes back. */
const MOST = 10_000;

const SAVE = `INSERT INTO cursors (name, epoch, seq, updated_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, updated_at = excluded.updated_at
  WHERE epoch <> excluded.epoch OR seq < excluded.seq`;
const BOUND =
  'DELETE FROM cursors WHERE name IN (SELECT name FROM cursors ORDER BY updated_at DESC, name LIMIT -1 OFFSET ?)';

interface Place extends Cursor {
  readonly at: Ms;
}

/** Places of durable readers on their way into the file: many acks, one write with the next commit. */
export class Cursors {
  readonly #waiting = new Map<string, Place>();

  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The place of a reader, of which `committed` stands in the file. */
  get(name: string, committed: Cursor | undefined): Cursor | undefined {
    const place = this.#waiting.get(name);
    if (!place || (committed?.epoch === place.epoch && committed.seq > place.seq)) return committed;
    return { epoch: place.epoch, seq: place.seq };
  }

  save(name: string, { epoch, seq }: Cursor, at: Ms): void {
    const before = this.#waiting.get(name);
    if (before?.epoch !== epoch || before.seq < seq) this.#waiting.set(name, { epoch, seq, at });
  }

  /** Writes inside the caller's transaction; what it returns is called after COMMIT. */
  async write(database: Sqlite): Promise<() => void> {
    const taken = [...this.#waiting];
    for (const [name, { epoch, seq, at }] of taken) await database.run(SAVE, [name, epoch, seq, at]);
    if (taken.length > 0) await database.run(BOUND, [MOST]);
    return () => {
      for (const [name, place] of taken) if (this.#waiting.get(name) === place) this.#waiting.delete(name);
    };
  }
}
