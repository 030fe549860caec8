import type { Ms, Sample } from '../../rules/sample.ts';
import type { Point } from '../driver.ts';
import { type Decode, decoder, type Reading } from './decode.ts';
import { exceptionReason, isBusy, isRefusal } from './exceptions.ts';
import type { Answer, Link } from './link.ts';
import type { Address, Options } from './options.ts';
import { type Block, halve, plan } from './plan.ts';

/** Polls after which what was refused is asked for again. */
const RETRY_POLLS = 60;
/** A busy device is asked this often within one poll, with so many real milliseconds between. */
const BUSY_TRIES = 3;
const BUSY_PAUSE = 50;

/** A block with its decoders; `refused` says why the device has not got its only point. */
interface Part {
  readonly block: Block;
  readonly decoders: readonly Decode[];
  readonly refused: string | null;
}

/** What came of asking for a part; without `sentAt` it was not asked for. */
type Outcome = { readonly sentAt?: Ms } & ({ readonly bytes: Buffer } | { readonly bad: string });

const prepare = (block: Block): Part => ({
  block,
  decoders: block.points.map(({ address }) => decoder(address, block.start)),
  refused: null,
});

/** Reads the points that fall due together over one link, and learns which of them the device refuses. */
export function reader(
  points: readonly Point<Address>[],
  options: Options,
  link: Link,
  now: () => Ms,
  pause: (realMs: number) => Promise<void>,
): () => Promise<Sample[]> {
  const planned = plan(points, options).map(prepare);
  let parts = planned;
  let polls = 0;

  const ask = async (block: Block): Promise<Answer> => {
    for (let tries = 1; ; tries++) {
      const answer = await link(block);
      if ('bytes' in answer || !isBusy(answer.exception) || tries === BUSY_TRIES) return answer;
      await pause(BUSY_PAUSE);
    }
  };

  const samplesOf = ({ block, decoders }: Part, answer: Outcome): Sample[] => {
    // Modbus has no timestamps: the value was taken between the request and its answer.
    const receivedAt = now();
    const sourceTimestamp = answer.sentAt ?? receivedAt;
    const stamps = { sourceTimestamp, receivedAt, takenWithin: receivedAt - sourceTimestamp };
    return block.points.map(({ tag }, i) => {
      const reading: Reading = 'bad' in answer ? answer : decoders[i]!(answer.bytes);
      return 'bad' in reading
        ? { tag, value: null, statusCode: 'bad', reason: reading.bad, ...stamps }
        : { tag, value: reading.value, statusCode: 'good', ...stamps };
    });
  };

  /** Reads a part; one that is refused is split until it is known which of its points the device has not got. */
  const read = async (part: Part): Promise<{ parts: Part[]; samples: Sample[] }> => {
    if (part.refused) return { parts: [part], samples: samplesOf(part, { bad: part.refused }) };
    const answer = await ask(part.block);
    if ('bytes' in answer) return { parts: [part], samples: samplesOf(part, answer) };
    const bad = exceptionReason(answer.exception);
    if (!isRefusal(answer.exception)) return { parts: [part], samples: samplesOf(part, { ...answer, bad }) };
    if (part.block.points.length === 1)
      return { parts: [{ ...part, refused: bad }], samples: samplesOf(part, { ...answer, bad }) };
    return readAll(halve(part.block).map(prepare));
  };

  const readAll = async (all: readonly Part[]): Promise<{ parts: Part[]; samples: Sample[] }> => {
    const reads = [];
    for (const part of all) reads.push(await read(part));
    return { parts: reads.flatMap((one) => one.parts), samples: reads.flatMap((one) => one.samples) };
  };

  return async () => {
    if (polls++ % RETRY_POLLS === 0) parts = planned;
    const result = await readAll(parts);
    parts = result.parts;
    return result.samples;
  };
}
