import type { Ms, Sample } from '../../rules/sample.ts';
import type { Point } from '../driver.ts';
import type { Address } from './address.ts';
import { type Decode, decoder, type Reading } from './decode.ts';
import { exceptionReason, isBusy, isRefusal } from './exceptions.ts';
import type { Answer } from './link.ts';
import type { Options } from './options.ts';
import { type Block, halve, plan } from './plan.ts';

/** Polls after which what was refused is asked for again. */
const RETRY_POLLS = 60;
/** A busy device is asked this often within one poll, with so many real milliseconds between. */
const BUSY_TRIES = 3;
const BUSY_PAUSE = 50;

/** A block with its decoders; `refused` says why its only point is not asked for. */
interface Part {
  readonly block: Block;
  readonly decoders: readonly Decode[];
  readonly refused: string | null;
}

/** What came of asking for a part; without `sentAt` it was not asked for. */
type Outcome = { readonly sentAt?: Ms } & ({ readonly bytes: Buffer } | { readonly bad: string });

export interface Wires {
  ask(block: Block): Promise<Answer>;
  /** Blocks that are asked for at once. */
  readonly atOnce: number;
  now(): Ms;
  pause(realMs: number): Promise<void>;
}

const prepare = (block: Block): Part => ({
  block,
  decoders: block.points.map(({ address }) => decoder(address, block.start)),
  refused: block.impossible ?? null,
});

/** Reads the points that fall due together over one connection, and learns which of them the device refuses. */
export function reader(
  points: readonly Point<Address>[],
  options: Options,
  { ask: request, atOnce, now, pause }: Wires,
): () => Promise<Sample[]> {
  const planned = plan(points, options).map(prepare);
  let parts = planned;
  let polls = 0;

  const ask = async (block: Block): Promise<Answer> => {
    for (let tries = 1; ; tries++) {
      const answer = await request(block);
      if (!('exception' in answer) || !isBusy(answer.exception) || tries === BUSY_TRIES) return answer;
      await pause(BUSY_PAUSE);
    }
  };

  const samplesOf = ({ block: { points: asked }, decoders }: Part, answer: Outcome): Sample[] => {
    // Modbus has no timestamps: the value was taken between the request and its answer.
    const receivedAt = now();
    const sourceTimestamp = answer.sentAt ?? receivedAt;
    const takenWithin = receivedAt - sourceTimestamp;
    return asked.map(({ tag }, i): Sample => {
      const reading: Reading = 'bad' in answer ? answer : decoders[i]!(answer.bytes);
      return 'bad' in reading
        ? { tag, value: null, statusCode: 'bad', reason: reading.bad, sourceTimestamp, takenWithin, receivedAt }
        : { tag, value: reading.value, statusCode: 'good', sourceTimestamp, takenWithin, receivedAt };
    });
  };

  /** Reads a part; one that is refused is split until it is known which of its points the device has not got. */
  const read = async (part: Part): Promise<{ parts: Part[]; samples: Sample[] }> => {
    const as = (outcome: Outcome, next = part) => ({ parts: [next], samples: samplesOf(part, outcome) });
    if (part.refused) return as({ bad: part.refused });
    const answer = await ask(part.block);
    if ('bytes' in answer) return as(answer);
    if ('failed' in answer) return as({ ...answer, bad: answer.failed });
    const bad = exceptionReason(answer.exception);
    if (!isRefusal(answer.exception)) return as({ ...answer, bad });
    if (part.block.points.length === 1) return as({ ...answer, bad }, { ...part, refused: bad });
    return readAll(halve(part.block).map(prepare));
  };

  /** In turn, or as many at once as the device bears. */
  const readAll = async (all: readonly Part[]): Promise<{ parts: Part[]; samples: Sample[] }> => {
    if (all.length === 1) return read(all[0]!);
    const reads: { parts: Part[]; samples: Sample[] }[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < all.length; i = next++) reads[i] = await read(all[i]!);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work));
    return { parts: reads.flatMap((one) => one.parts), samples: reads.flatMap((one) => one.samples) };
  };

  return async () => {
    if (polls++ % RETRY_POLLS === 0) parts = planned;
    const result = await readAll(parts);
    parts = result.parts;
    return result.samples;
  };
}
