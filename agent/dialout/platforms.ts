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

/** The platforms that the agent dials out to, and how each fares. */
export class Platforms {
  readonly #sources: PlatformSources;
  readonly #platforms: readonly Platform[];
  readonly #statuses: Map<string, PlatformStatus>;
  /** Up to where the log is done with, for those of which it is known. */
  readonly #settled = new Map<string, number>();
  readonly #failures: Counter<'platform'>;
  readonly #failed = new Map<string, { readonly count: number; readonly at: Ms; readonly reason: string }>();

  constructor(platforms: readonly Platform[], sources: PlatformSources) {
    this.#platforms = platforms;
    this.#sources = sources;
    const since = sources.clock.now();
    this.#statuses = new Map(platforms.map(({ id }) => [id, { state: 'starting', reason: null, since }]));
    this.#failures = this.#watch(sources.registry);
  }

  /** Dials all of them, each by itself, until aborted. */
  async run(hub: Stream, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#platforms.map((platform) => this.#dial(platform, hub, signal)));
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
    return this.#platforms.map(({ id, url }) => {
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

  async #dial(platform: Platform, hub: Stream, signal: AbortSignal): Promise<void> {
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
      changed: (status) => this.#statuses.set(id, status),
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
    const ids = this.#platforms.map(({ id }) => id);
    const [behind, isUp] = [this.#behind.bind(this), (id: string) => this.#statuses.get(id)?.state === 'up'];
    new Gauge({
      ...common,
      name: 'pertonne_platform_up',
      help: '1 while the agent is connected to the platform',
      collect() {
        for (const id of ids) this.set({ platform: id }, isUp(id) ? 1 : 0);
      },
    });
    new Gauge({
      ...common,
      name: 'pertonne_platform_behind_records',
      help: 'Committed records that are not safe with the platform yet; none where it has never subscribed',
      collect() {
        for (const id of ids) if (behind(id) !== null) this.set({ platform: id }, behind(id)!);
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
