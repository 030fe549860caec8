import type { Ms, RawValue, Sample } from '../../rules/sample.ts';
import type { Host, Point } from '../driver.ts';
import type { Address } from './address.ts';
import { type Bad, type Decode, decoder } from './decode.ts';
import { exceptionReason, isBusy, isRefusal } from './exceptions.ts';
import type { Answer } from './link.ts';
import type { Options } from './options.ts';
import { type Block, halve, plan } from './plan.ts';

/** Polls after which what was refused is asked for again. */
const RETRY_POLLS = 60;
/** A busy device is asked this often within one poll, with so many real milliseconds between. */
const BUSY_TRIES = 3;
const BUSY_PAUSE = 50;

/** A block, its points' decoders, and where their samples are among a poll's; `refused` says why its only point is not asked for. */
interface Part {
  readonly block: Block;
  readonly decoders: readonly Decode[];
  readonly first: number;
  readonly refused: string | null;
}

/** What came of asking for a part; without `sentAt` it was not asked for. */
type Outcome = { readonly sentAt?: Ms } & ({ readonly bytes: Buffer } | Bad);

export interface Wires {
  ask(block: Block): Promise<Answer>;
  /** Blocks that are asked for at once. */
  atOnce(): number;
  now(): Ms;
  pause(realMs: number): Promise<void>;
  readonly counted: Host['counted'];
}

/** A class and no literal: V8 comes to make the literals of long polls among its old objects, which costs twice the time. */
class Good implements Sample {
  readonly tag: string;
  readonly value: RawValue;
  readonly statusCode: 'good';
  readonly sourceTimestamp: Ms;
  readonly takenWithin: Ms;
  readonly receivedAt: Ms;
  constructor(tag: string, value: RawValue, sourceTimestamp: Ms, takenWithin: Ms, receivedAt: Ms) {
    this.tag = tag;
    this.value = value;
    this.statusCode = 'good';
    this.sourceTimestamp = sourceTimestamp;
    this.takenWithin = takenWithin;
    this.receivedAt = receivedAt;
  }
}

/** Parts for blocks whose samples stand one after the other from `first` on. */
function prepare(blocks: readonly Block[], first: number): Part[] {
  let next = first;
  return blocks.map((block) => {
    const decoders = block.points.map(({ address }) => decoder(address, block.start));
    const part = { block, decoders, first: next, refused: block.impossible ?? null };
    next += decoders.length;
    return part;
  });
}

/** Reads the points that fall due together over one connection, and learns which of them the device refuses. */
export function reader(
  points: readonly Point<Address>[],
  options: Options,
  { ask, atOnce, now, pause, counted }: Wires,
): () => Promise<Sample[]> {
  const planned = prepare(plan(points, options), 0);
  let parts = planned;
  let polls = 0;

  const take = ({ block, decoders, first }: Part, answer: Outcome, samples: Sample[]): void => {
    // Modbus has no timestamps: the value was taken between the request and its answer.
    const receivedAt = now();
    const sourceTimestamp = answer.sentAt ?? receivedAt;
    const takenWithin = receivedAt - sourceTimestamp;
    for (let i = 0; i < decoders.length; i++) {
      const { tag } = block.points[i]!;
      const value = 'bad' in answer ? answer : decoders[i]!(answer.bytes);
      samples[first + i] =
        typeof value === 'object'
          ? { tag, value: null, statusCode: 'bad', reason: value.bad, sourceTimestamp, takenWithin, receivedAt }
          : new Good(tag, value, sourceTimestamp, takenWithin, receivedAt);
    }
  };

  /** Reads a part, and returns what to read next time: one that is refused is split until it is known which of its points the device has not got. */
  const read = async (part: Part, samples: Sample[], tries = 1): Promise<Part | Part[]> => {
    const as = (outcome: Outcome, next = part): Part => {
      take(part, outcome, samples);
      return next;
    };
    if (part.refused) return as({ bad: part.refused });
    const answer = await ask(part.block);
    if ('bytes' in answer) return as(answer);
    if ('failed' in answer) return as({ ...answer, bad: answer.failed });
    if (isBusy(answer.exception) && tries < BUSY_TRIES) {
      counted('busy-retry');
      await pause(BUSY_PAUSE);
      return read(part, samples, tries + 1);
    }
    const bad = exceptionReason(answer.exception);
    if (!isRefusal(answer.exception)) return as({ ...answer, bad });
    if (part.block.points.length === 1) return as({ ...answer, bad }, { ...part, refused: bad });
    return readAll(prepare(halve(part.block), part.first), samples);
  };

  /** In turn, or as many at once as the device bears; one more waits, so that the device does not. */
  const readAll = async (all: readonly Part[], samples: Sample[]): Promise<Part[]> => {
    const next: (Part | Part[])[] = new Array(all.length);
    let at = 0;
    const work = async (): Promise<void> => {
      for (let i = at++; i < all.length; i = at++) next[i] = await read(all[i]!, samples);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce() + 1, all.length) }, work));
    return next.flat();
  };

  return async () => {
    if (polls++ % RETRY_POLLS === 0) parts = planned;
    const samples = new Array<Sample>(points.length);
    parts = await readAll(parts, samples);
    return samples;
  };
}
