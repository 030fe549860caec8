import type { MonitoredItemNotification } from 'node-opcua-client';
import type { Ms, Sample } from '../../rules/sample.ts';
import { isTarget, type Located } from './target.ts';
import { believed, DROPPED, toSample } from './value.ts';

/** A tag as the server has agreed to look at it. */
export interface Item {
  /** The handles that the server knows items by stand for tags: where one is may change. */
  place: Located;
  /** How often the server looks; null when it does not, so that the tag has to be polled. */
  samplingInterval: Ms | null;
  /** Why it does not, though there is such a node; null when it does. */
  refusal: string | null;
  /** What it said last. */
  last: Sample | null;
  /** The server's own number of it; null where it does not look. */
  id: number | null;
}

/** What the server has agreed to: how often it looks, and its number of the item. */
export interface Agreed {
  readonly samplingInterval: Ms;
  readonly id: number;
}

export const MISSED = "changes before this one were missed: the server's reports did not all arrive";

/** The tags of one subscription, by the handles that the server knows them by: from its reports to samples. */
export class Items {
  readonly #all = new Map<number, Item>();
  #lastHandle = -1;
  /** The server's time at its last complete report, and ours; what it did not mention then stands as it was. */
  #told: { readonly at: Ms; readonly receivedAt: Ms } | null = null;
  #unmonitored: readonly Located[] | null = null;

  constructor(points: readonly Located[]) {
    this.add(points);
  }

  get all(): readonly Item[] {
    return [...this.#all.values()];
  }

  handles(): IterableIterator<number> {
    return this.#all.keys();
  }

  get(handle: number): Item | undefined {
    return this.#all.get(handle);
  }

  /** Further tags, which are to be monitored. */
  add(points: readonly Located[]): void {
    for (const place of points)
      this.#all.set(++this.#lastHandle, { place, samplingInterval: null, refusal: null, last: null, id: null });
    this.#unmonitored = null;
  }

  /** Leaves tags out; the server's numbers of those that it monitors. */
  drop(tags: ReadonlySet<string>): number[] {
    const gone = [...this.#all].filter(([, { place }]) => tags.has(place.tag));
    for (const [handle] of gone) this.#all.delete(handle);
    this.#unmonitored = null;
    return gone.flatMap(([, { id }]) => id ?? []);
  }

  /** Another list only when it is other tags, or they are elsewhere. */
  get unmonitored(): readonly Located[] {
    this.#unmonitored ??= this.all.filter(isUnmonitored).map(({ place }) => place);
    return this.#unmonitored;
  }

  /** The server's answer to our wish to monitor it: how often it looks, or why it does not. */
  monitored(handle: number, agreed: Agreed | null, refusal: string | null = null): void {
    const item = this.#all.get(handle);
    if (item) Object.assign(item, { samplingInterval: null, id: null, ...agreed, refusal });
    this.#unmonitored = null;
  }

  unmonitoredHandles(): number[] {
    return [...this.#all].flatMap(([handle, item]) => (isUnmonitored(item) ? [handle] : []));
  }

  /** Whether these are the tags, and those that are monitored are the same nodes: after a reboot they may have other ids. */
  are(points: readonly Located[]): boolean {
    const isSame = (item: Item, point: Located | undefined): boolean =>
      item.place.tag === point?.tag && (isUnmonitored(item) || idOf(item.place) === idOf(point));
    const byTag = new Map(points.map((point) => [point.tag, point]));
    return this.#all.size === points.length && this.all.every((item) => isSame(item, byTag.get(item.place.tag)));
  }

  /** Takes down where tags are that are not monitored. */
  place(points: readonly Located[]): void {
    const places = new Map(points.map((point) => [point.tag, point]));
    for (const item of this.all.filter(isUnmonitored)) item.place = places.get(item.place.tag) ?? item.place;
    this.#unmonitored = null;
  }

  /** Samples of what has changed. */
  take(notifications: readonly MonitoredItemNotification[], receivedAt: Ms): Sample[] {
    const samples: Sample[] = [];
    for (const { clientHandle, value } of notifications) {
      const item = this.#all.get(clientHandle);
      if (!item) continue;
      const sample = toSample(item.place.tag, value, receivedAt);
      item.last = sample.reason === DROPPED ? undoubted(sample) : sample;
      samples.push(sample);
      // The server drops an item whose node is gone; were it back, only reading would tell.
      if (sample.statusCode === 'bad' && /^BadNodeId/.test(sample.reason!))
        this.monitored(clientHandle, null, sample.reason);
    }
    return samples;
  }

  /** All changes until `at`, the server's time, have been reported. */
  complete(at: Ms, receivedAt: Ms): void {
    if (believed(at, receivedAt)) this.#told = { at, receivedAt };
  }

  /**
   * Samples of what has not changed: each value held when the server last looked at it, which is no longer before its
   * report than a sampling interval.
   */
  standing(): Sample[] {
    const told = this.#told;
    if (!told) return [];
    const samples: Sample[] = [];
    for (const item of this.#all.values()) {
      if (item.samplingInterval === null || !item.last) continue;
      const sourceTimestamp = told.at - item.samplingInterval;
      if (sourceTimestamp <= item.last.sourceTimestamp) continue;
      item.last = { ...item.last, sourceTimestamp, serverTimestamp: told.at, receivedAt: told.receivedAt };
      samples.push(item.last);
    }
    return samples;
  }

  /** That nobody reports on what is monitored. */
  bad(reason: string, now: Ms): Sample[] {
    return this.all.flatMap(({ samplingInterval, place: { tag } }): Sample[] => {
      if (samplingInterval === null) return [];
      return [{ tag, value: null, statusCode: 'bad', reason, sourceTimestamp: now, receivedAt: now, unread: true }];
    });
  }

  /** Of values that were read because reports are missing: those that may have changed meanwhile are uncertain. */
  afterLoss(read: readonly Sample[]): Sample[] {
    const items = new Map(this.all.map((item) => [item.place.tag, item]));
    return read.flatMap((sample) => {
      const item = items.get(sample.tag)!;
      if (!item.last || isSame(item.last, sample)) return [];
      item.last = sample;
      return [sample.statusCode === 'good' ? { ...sample, statusCode: 'uncertain', reason: MISSED } : sample];
    });
  }
}

const isUnmonitored = ({ samplingInterval }: Item): boolean => samplingInterval === null;
const idOf = (one: Located): string | null => (isTarget(one) ? one.what.nodeId.toString() : null);

const isSame = (last: Sample, now: Sample): boolean =>
  now.value === last.value && now.statusCode === last.statusCode && now.sourceTimestamp <= last.sourceTimestamp;

/** That values were dropped before it says nothing against the value itself, nor against what is said of it later. */
function undoubted({ reason: _, ...own }: Sample): Sample {
  return { ...own, statusCode: 'good' };
}
