import type { Ms } from '../../rules/sample.ts';
import { groupsOf } from '../points.ts';
import type { Read, Reads } from '../session.ts';
import type { Items } from './items.ts';
import type { Located } from './target.ts';

const NOTHING: readonly Located[] = [];

interface Reader {
  readonly lists: readonly (readonly Located[])[];
  readonly read: Read;
}

/** What a session polls, by period: what is not subscribed to, and of the rest what is not monitored, in one. */
export class Reading implements Reads {
  /** Another list for a period only when its points are others, or elsewhere. */
  readonly polled = new Map<Ms, readonly Located[]>();
  /** What is subscribed to. */
  readonly items = new Map<Ms, Items>();
  readonly #reader: (group: readonly Located[]) => Read;
  readonly #readers = new Map<Ms, Reader>();
  readonly #followers = new Set<() => void>();

  constructor(reader: (group: readonly Located[]) => Read) {
    this.#reader = reader;
  }

  periods(): Set<Ms> {
    return new Set([...this.polled.keys(), ...this.items.keys()]);
  }

  /** What a subscription has not reported stands; what it does not monitor is read. */
  async read(period: Ms): ReturnType<Read> {
    const items = this.items.get(period);
    const read = this.#readerOf(period, [items?.unmonitored ?? NOTHING, this.polled.get(period) ?? NOTHING]);
    const standing = items?.standing();
    return standing ? standing.concat(await read()) : read();
  }

  #readerOf(period: Ms, lists: Reader['lists']): Read {
    const before = this.#readers.get(period);
    if (before && lists.every((list, index) => list === before.lists[index])) return before.read;
    const read = this.#reader(lists.flat());
    this.#readers.set(period, { lists, read });
    return read;
  }

  leave(tags: ReadonlySet<string>): void {
    for (const [period, points] of this.polled) {
      const left = points.filter(({ tag }) => !tags.has(tag));
      if (left.length === 0) this.polled.delete(period);
      else if (left.length < points.length) this.polled.set(period, left);
    }
  }

  add(points: readonly Located[]): void {
    for (const [period, group] of groupsOf(points))
      this.polled.set(period, [...(this.polled.get(period) ?? NOTHING), ...group]);
  }

  follow(changed: () => void, signal: AbortSignal): void {
    this.#followers.add(changed);
    signal.addEventListener('abort', () => this.#followers.delete(changed), { once: true });
  }

  /** The periods may have become others. */
  changed(): void {
    const periods = this.periods();
    for (const period of this.#readers.keys()) if (!periods.has(period)) this.#readers.delete(period);
    for (const follower of this.#followers) follower();
  }
}
