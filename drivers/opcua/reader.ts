import type { Ms, Sample } from '../../rules/sample.ts';
import { ConnectionLost } from '../driver.ts';
import type { Read } from '../session.ts';
import type { Server } from './server.ts';
import { portions, Refused, type Services } from './services.ts';
import { badSample, isTarget, type Located, type Stray, type Target } from './target.ts';
import { confirmed, toSample } from './value.ts';

/**
 * Reads points that fall due together, with one Read or as few as the server allows. Tags whose node is no more are put
 * into `gone`.
 */
export function reader(
  points: readonly Located[],
  { limits }: Pick<Server, 'limits'>,
  { read }: Pick<Services, 'read'>,
  now: () => Ms,
  gone: Set<string>,
): Read {
  const targets = points.filter(isTarget);
  const strays = points.filter((point) => !isTarget(point)) as readonly Stray[];
  const last = new Map<string, Sample>();
  const ask = portions(limits.read, async (some: readonly Target[]) => {
    const values = await read(some.map(({ what }) => what));
    const receivedAt = now();
    return values.map((data, index) => {
      const { tag } = some[index]!;
      const sample = confirmed(last.get(tag), toSample(tag, data, receivedAt));
      last.set(tag, sample);
      if (sample.statusCode === 'bad' && /^BadNodeId/.test(sample.reason!)) gone.add(tag);
      return sample;
    });
  });
  return async () => {
    const samples = strays.map(({ tag, reason }) => badSample(tag, reason, now()));
    return samples.concat(await ask(targets).catch(refusedToRead));
  };
}

function refusedToRead(cause: unknown): never {
  throw cause instanceof Refused
    ? new ConnectionLost(`the server refuses to be read: ${cause.message}`, { cause })
    : cause;
}
