import type { WindowKind } from '../../rules/interval.ts';
import type { StoredRecord } from '../store/contract.ts';
import type { Choice } from './choice.ts';
import { Frame } from './frame.ts';
import { recordsTexts, recordText } from './text.ts';

/** What a record's body may say about where it belongs. */
export interface About {
  readonly metric?: string;
  readonly meter?: string;
  readonly equipment?: string;
  readonly window?: { readonly kind: WindowKind };
}

/** A record with its text, made once for all who get it. */
export class Outgoing {
  readonly seq: number;
  readonly kind: StoredRecord['kind'];
  readonly text: string;
  /** Of the text. */
  readonly bytes: number;
  readonly #body: string;
  #about: About | undefined;

  constructor(record: StoredRecord) {
    const { seq, kind, body } = record;
    this.seq = seq;
    this.kind = kind;
    this.text = recordText(record);
    // All around the body is ASCII; to count the whole, it would have to be put together first.
    this.bytes = this.text.length - body.length + Buffer.byteLength(body);
    this.#body = body;
  }

  about(): About {
    this.#about ??= aboutOf(this.#body);
    return this.#about;
  }
}

/** Only what is asked for is kept: a body is large. */
function aboutOf(body: string): About {
  const { metric, meter, equipment, window } = JSON.parse(body) as About;
  return {
    ...(metric && { metric }),
    ...(meter && { meter }),
    ...(equipment && { equipment }),
    ...(window && { window }),
  };
}

/** The chosen records after `seq`, as many as make up `maxBytes`; `prev` is the last that the reader was told of. */
export interface Asked {
  readonly choice: Choice;
  readonly seq: number;
  readonly prev: number;
  readonly maxBytes: number;
}

/** Some records for one reader, or for all who chose alike and stand at the same place. */
export class Batch {
  /** Bytes of the records alone. */
  readonly bytes: number;
  readonly count: number;
  /** The last record in it, and the last that was looked at for it. */
  readonly last: number;
  readonly upTo: number;
  readonly #asked: Asked;
  readonly #records: string;
  readonly #frames = new Map<string, Frame>();

  constructor(asked: Asked, chosen: readonly Outgoing[], bytes: number, upTo: number) {
    this.bytes = bytes;
    this.count = chosen.length;
    this.last = chosen.at(-1)?.seq ?? asked.prev;
    this.upTo = upTo;
    this.#asked = asked;
    this.#records = chosen.map(({ text }) => text).join();
  }

  answers({ choice, seq, prev, maxBytes }: Asked): boolean {
    const asked = this.#asked;
    return asked.seq === seq && asked.prev === prev && asked.choice === choice && asked.maxBytes === maxBytes;
  }

  /** As the subscription `id` gets it. */
  frame(id: string): Frame {
    const known = this.#frames.get(id);
    if (known) return known;
    const frame = new Frame(...recordsTexts(id, this.#asked.prev, this.#records));
    if (this.#frames.size < MOST_FRAMES) this.#frames.set(id, frame);
    return frame;
  }
}
/** Names under which a batch is kept ready, and batches that a stretch keeps. */
const MOST_FRAMES = 4;
const MOST_BATCHES = 16;

/** Consecutive records of the log, and the batches that were made of them. */
export class Stretch {
  readonly #records: Outgoing[];
  #batches: Batch[] = [];
  #bytes: number;

  constructor(records: readonly Outgoing[]) {
    this.#records = [...records];
    this.#bytes = bytesOf(records);
  }

  get first(): number {
    return this.#records[0]?.seq ?? 0;
  }

  get last(): number {
    return this.#records.at(-1)?.seq ?? -1;
  }

  /** Whether the record after `seq` is here. */
  reaches(seq: number): boolean {
    return seq < this.last && seq + 1 >= this.first;
  }

  batch(asked: Asked): Batch {
    for (const batch of this.#batches) if (batch.answers(asked)) return batch;
    const batch = this.#gather(asked);
    if (this.#batches.length < MOST_BATCHES) this.#batches.push(batch);
    return batch;
  }

  #gather(asked: Asked): Batch {
    const { choice, seq, maxBytes } = asked;
    const chosen: Outgoing[] = [];
    let bytes = 0;
    let upTo = seq;
    for (let index = Math.max(0, seq + 1 - this.first); index < this.#records.length && bytes < maxBytes; index++) {
      const record = this.#records[index]!;
      upTo = record.seq;
      if (!choice.record(record)) continue;
      chosen.push(record);
      bytes += record.bytes;
    }
    return new Batch(asked, chosen, bytes, upTo);
  }

  /** Takes what follows; beyond `maxBytes` the oldest go, a quarter at a time. */
  add(more: readonly Outgoing[], maxBytes: number): void {
    this.#batches = [];
    this.#records.push(...more);
    this.#bytes += bytesOf(more);
    if (this.#bytes <= maxBytes) return;
    let drop = 0;
    for (; this.#bytes > (maxBytes * 3) / 4; drop++) this.#bytes -= this.#records[drop]!.bytes;
    this.#records.splice(0, drop);
  }
}

const bytesOf = (records: readonly Outgoing[]): number => records.reduce((sum, { bytes }) => sum + bytes, 0);
