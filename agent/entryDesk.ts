import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Entry } from '../rules/entry.ts';
import type { Pipeline } from './pipeline.ts';
import type { Store, StoredEntry, StoredRecord } from './store/contract.ts';
import type { EntryBody } from './stream/protocol.ts';
import type { KeyConflict } from './submissions.ts';
import { entryBody, fromWire, type WireTime } from './wire.ts';

/** An entry as it stands in the log, with the records that it led to. */
export interface Receipt {
  readonly entry: StoredEntry;
  /** At most MOST_TOLD. */
  readonly changed: readonly StoredRecord[];
  readonly hasMore: boolean;
}

/** Records that one receipt tells of at most: an inventory may settle a month of minutes. */
const MOST_TOLD = 500;

/** Takes operators' entries, each once by its key, whoever asks at the same time, before or after a restart. */
export class EntryDesk {
  readonly #pipeline: Pick<Pipeline, 'submit'>;
  readonly #store: Store;
  readonly #time: WireTime;
  /** By key; as many as there are requests at a time. */
  readonly #underWay = new Map<string, { readonly entry: Entry; readonly receipt: Promise<Receipt | KeyConflict> }>();

  constructor(pipeline: Pick<Pipeline, 'submit'>, store: Store, time: WireTime) {
    this.#pipeline = pipeline;
    this.#store = store;
    this.#time = time;
  }

  /** Resolves when the entry is committed; rejects when the log takes no records. `from` is the address that it came from. */
  enter(entry: Entry, from: string): Promise<Receipt | KeyConflict> {
    const { key } = entry;
    const before = this.#underWay.get(key);
    if (before) return isDeepStrictEqual(before.entry, entry) ? before.receipt : Promise.resolve('other-entry');
    const receipt = this.#take(entry, from).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { entry, receipt });
    return receipt;
  }

  async #take(entry: Entry, from: string): Promise<Receipt | KeyConflict> {
    const known = await this.#store.entryByKey(entry.key);
    if (known) return this.#isSame(known, entry) ? this.#receipt(known) : 'other-entry';
    const conflict = await this.#pipeline.submit(entry, from);
    if (conflict) return conflict;
    return this.#receipt((await this.#store.entryByKey(entry.key))!);
  }

  #isSame({ body }: StoredEntry, entry: Entry): boolean {
    const { type, meter, by, entered } = entryBody({ type: 'entry', entry, refused: null, about: null }, this.#time);
    const stored = JSON.parse(body) as z.infer<typeof EntryBody>;
    return isDeepStrictEqual(
      { type, meter, by, entered: JSON.parse(JSON.stringify(entered)) as unknown },
      { type: stored.type, meter: stored.meter, by: stored.by, entered: stored.entered },
    );
  }

  /** What it led to follows it in the log, entered at the same instant; nothing is left of it in another log. */
  async #receipt(entry: StoredEntry): Promise<Receipt> {
    const after = entry.epoch === this.#store.epoch ? await this.#store.read(entry.seq, MOST_TOLD + 1) : [];
    const end = after.findIndex(({ kind, at }) => kind === 'entry' || fromWire(at) !== entry.at);
    const changed = end < 0 ? after : after.slice(0, end);
    return { entry, changed: changed.slice(0, MOST_TOLD), hasMore: changed.length > MOST_TOLD };
  }
}
