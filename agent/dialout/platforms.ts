import { isDeepStrictEqual } from 'node:util';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Platform } from '../../config/platforms.ts';
import type { Ms } from '../../rules/sample.ts';
import type { SystemBody } from '../http/system.ts';
import type { Cursor, Store } from '../store/contract.ts';
import type { Stream } from '../stream/attach.ts';
import type { LiveValue } from '../stream/protocol.ts';
import type { WireTime } from '../wire.ts';
import { type DialSurroundings, dialOut, type PlatformStatus } from './dialOut.ts';

export interface PlatformSources extends Pick<DialSurroundings, 'clock' | 'log' | 'random'> {
  readonly store: Store;
  readonly time: WireTime;
  readonly registry: Registry;
  /** Real milliseconds that name, proxy, TLS and upgrade may take together. */
  readonly connectMs?: number;
}

const CONNECT_MS = 15_000;

/** A platform that is dialled. */
interface Dialled {
  readonly platform: Platform;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** The platforms that the agent dials out to, and how each fares. */
export class Platforms {
  readonly #sources: PlatformSources;
  #wanted: readonly Platform[];
  readonly #dialled = new Map<string, Dialled>();
  readonly #statuses: Map<string, PlatformStatus>;
  /** Up to where the log is done with, for those of which it is known. */
  readonly #settled = new Map<string, number>();
  readonly #failures: Counter<'platform'>;
  readonly #failed = new Map<string, { readonly count: number; readonly at: Ms; readonly reason: string }>();
  /** Connections that are no longer wanted, until they have ended. */
  readonly #ending = new Map<string, Promise<void>>();
  /** Dials what is wanted; nothing before `run`. */
  #dial: () => void = () => {};

  constructor(platforms: readonly Platform[], sources: PlatformSources) {
    this.#wanted = platforms;
    this.#sources = sources;
    const since = sources.clock.now();
    this.#statuses = new Map(platforms.map(({ id }) => [id, { state: 'starting', reason: null, since }]));
    this.#failures = this.#watch(sources.registry);
  }

  /** Dials all of them, each by itself, until aborted, and then until what stands is closed. */
  async run(hub: Stream, signal: AbortSignal): Promise<void> {
    const failed = Promise.withResolvers<never>();
    this.#dial = () => {
      for (const platform of this.#wanted) if (!this.#dialled.has(platform.id)) this.#begin(platform, hub, signal);
      for (const { done } of this.#dialled.values()) done.catch(failed.reject);
    };
    this.#dial();
    await Promise.race([failed.promise, aborted(signal)]);
    await Promise.all([...this.#ending.values(), ...[...this.#dialled.values()].map(({ done }) => done)]);
  }

  /** Dials these from now on; those that are as they were keep their connections. */
  become(platforms: readonly Platform[]): void {
    const wanted = new Map(platforms.map((platform) => [platform.id, platform]));
    for (const [id, { platform, stop, done }] of this.#dialled) {
      if (isDeepStrictEqual(platform, wanted.get(id))) continue;
      stop.abort();
      this.#dialled.delete(id);
      this.#ending.set(id, done);
      if (!wanted.has(id)) this.#forget(id);
    }
    this.#wanted = platforms;
    this.#dial();
  }

  #begin(platform: Platform, hub: Stream, signal: AbortSignal): void {
    const { id } = platform;
    const stop = new AbortController();
    this.#statuses.set(id, { state: 'starting', reason: null, since: this.#sources.clock.now() });
    const until = AbortSignal.any([signal, stop.signal]);
    const before = this.#ending.get(id) ?? Promise.resolve();
    const done = before.then(() => this.#keepDialling(platform, hub, until, stop.signal));
    this.#dialled.set(id, { platform, stop, done });
  }

  #forget(id: string): void {
    this.#statuses.delete(id);
    this.#settled.delete(id);
    this.#failed.delete(id);
    this.#failures.remove({ platform: id });
  }

  /** Why figures do not reach a platform, in words; an agent is useful without. */
  reasons(): string[] {
    return [...this.#statuses].flatMap(([id, { state, reason }]) =>
      state === 'up' ? [] : [`platform ${id} is ${state}${reason ? `: ${reason}` : ''}`],
    );
  }

  /** Each for those who look after the agent. */
  states(): SystemBody['platforms'] {
    const { time } = this.#sources;
    return this.#wanted.map(({ id, url }) => {
      const { state, since } = this.#statuses.get(id)!;
      const failed = this.#failed.get(id);
      return {
        ...{
          id,
          url: addressOf(url),
          state,
          since: time(since),
          behind: this.#behind(id),
          failures: failed?.count ?? 0,
        },
        lastFailure: failed ? { at: time(failed.at), reason: failed.reason } : null,
      };
    });
  }

  live(): LiveValue[] {
    const { clock, time } = this.#sources;
    const at = time(clock.now());
    return [...this.#statuses].map(([id, { state, reason, since }]) => ({
      id,
      of: 'platform',
      value: state === 'up' ? 1 : 0,
      unit: '',
      statusCode: state === 'up' ? 'good' : state === 'down' ? 'bad' : 'uncertain',
      reason,
      at,
      since: time(since),
      behind: this.#behind(id),
    }));
  }

  async #keepDialling(platform: Platform, hub: Stream, signal: AbortSignal, unwanted: AbortSignal): Promise<void> {
    const { store, ...sources } = this.#sources;
    const { id } = platform;
    const settle = (places: readonly Cursor[]): void => {
      const known = places.filter(({ epoch }) => epoch === store.epoch).map(({ seq }) => seq);
      if (known.length > 0) this.#settled.set(id, Math.min(...known));
    };
    // Only to be shown: what cannot be read now is known as soon as the platform subscribes.
    for (const warning of warningsOf(platform)) sources.log.warn({ platform: id, ...warning });
    settle(await store.places(`${id}/`).catch(() => []));
    const around: DialSurroundings = {
      ...sources,
      connectMs: sources.connectMs ?? CONNECT_MS,
      hub,
      unwanted,
      changed: (status) => {
        if (!unwanted.aborted) this.#statuses.set(id, status);
      },
      failed: (reason) => {
        this.#failures.inc({ platform: id });
        const count = (this.#failed.get(id)?.count ?? 0) + 1;
        this.#failed.set(id, { count, at: sources.clock.now(), reason });
      },
      settled: settle,
    };
    await dialOut(platform, around, signal);
  }

  /** Records that are not safe with it yet; null: not known, because it has never subscribed to any. */
  #behind(id: string): number | null {
    const settled = this.#settled.get(id);
    return settled === undefined ? null : Math.max(0, this.#sources.store.lastSeq() - settled);
  }

  #watch(registry: Registry): Counter<'platform'> {
    const common = { labelNames: ['platform'] as const, registers: [registry] };
    const [behind, statuses] = [this.#behind.bind(this), this.#statuses];
    new Gauge({
      ...common,
      name: 'pertonne_platform_up',
      help: '1 while the agent is connected to the platform',
      collect() {
        this.reset();
        for (const [id, { state }] of statuses) this.set({ platform: id }, state === 'up' ? 1 : 0);
      },
    });
    new Gauge({
      ...common,
      name: 'pertonne_platform_behind_records',
      help: 'Committed records that are not safe with the platform yet; none where it has never subscribed',
      collect() {
        this.reset();
        for (const id of statuses.keys()) if (behind(id) !== null) this.set({ platform: id }, behind(id)!);
      },
    });
    return new Counter({
      ...common,
      name: 'pertonne_platform_failures_total',
      help: 'Connections to the platform that ended, or did not come about',
    });
  }
}

/** Without what follows the path, which may hold a secret. */
const addressOf = (url: string): string => {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What the plant file allows and would better not. */
function warningsOf({ url, allowPlain, tokenEnv }: Platform): object[] {
  const isPlain = allowPlain && url.startsWith('ws:');
  return [
    ...(isPlain ? [{ event: 'platform-insecure', reason: 'ws:// is not encrypted: use wss://' }] : []),
    ...(tokenEnv === undefined
      ? []
      : [{ event: 'secret-in-environment', variable: tokenEnv, reason: 'a file is seen by fewer: use tokenFile' }]),
  ];
}
