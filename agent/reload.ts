import { Counter, Gauge } from 'prom-client';
import { diffOf, isEmpty, needsRestart, type PlantDiff, waitsAsAWhole } from '../config/diff.ts';
import { describeFaults } from '../config/faults.ts';
import type { Loaded } from '../config/load.ts';
import type { PlantConfig } from '../config/plant.ts';
import type { Ms } from '../rules/sample.ts';
import { NOBODY } from './auditDesk.ts';
import { configBody } from './changes.ts';
import type { Counting } from './counting.ts';
import { configuredOf } from './describe.ts';
import type { Endpoints } from './endpoints.ts';
import { RESULTS } from './http/system.ts';
import type { Parts, Source } from './parts.ts';
import { boundsOf } from './store/retention.ts';
import { type Watched, watchFiles } from './watchFiles.ts';

/** What gave occasion to read the plant file again. */
export type Cause = 'signal' | 'file';

/** How reading the plant file again went. */
export interface Reload {
  /** Plant time. */
  readonly at: Ms;
  readonly cause: Cause;
  readonly result: (typeof RESULTS)[number];
  /** In words, with file, line and column; the first hundred. */
  readonly faults: readonly string[];
  /** Settings that a new start takes up. */
  readonly waiting: readonly string[];
}

const MOST_FAULTS = 100;

type Result = Omit<Reload, 'at' | 'cause'>;

interface Reloadable {
  readonly parts: Parts;
  readonly endpoints: Endpoints;
  readonly counting: Counting;
  readonly source: Source;
}

/** Takes up what the plant file has become, without a restart: what is as it was is not touched. */
export class Reloading {
  readonly #of: Reloadable;
  readonly #results: Counter<'result'>;
  readonly #succeeded: Gauge;
  readonly #isRefused: Gauge;
  #watched: Watched;
  #last: Reload | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #failed = Promise.withResolvers<never>();

  constructor(of: Reloadable) {
    this.#of = of;
    this.#watched = of.source;
    const registers = [of.parts.metrics.registry];
    this.#results = new Counter({
      name: 'pertonne_config_reloads_total',
      help: 'Times that the plant file was read again; result: applied, unchanged, refused (it has faults), waiting (for a new start)',
      labelNames: ['result'],
      registers,
    });
    this.#succeeded = new Gauge({
      name: 'pertonne_config_last_success_timestamp_seconds',
      help: 'When the plant file was last read without a fault',
      registers,
    });
    this.#isRefused = new Gauge({
      name: 'pertonne_config_refused',
      help: '1 while the plant file has faults and the one before runs on',
      registers,
    });
    for (const result of RESULTS) this.#results.inc({ result }, 0);
    this.#succeeded.set(of.parts.clock.wall() / 1_000);
  }

  /** The last one; null where there was none since the start. */
  get last(): Reload | null {
    return this.#last;
  }

  /** What people should know of it. */
  reasons(): string[] {
    const { result, faults, waiting } = this.#last ?? { faults: [], waiting: [] };
    const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
    if (result === 'refused')
      return [`the plant file was changed and has faults, the one before runs on: ${faults[0]}${more}`];
    return waiting.length > 0 ? [`the plant file waits for a new start: ${waiting.join(', ')}`] : [];
  }

  /** Reads it again whenever one of its files has changed, or there is another one, until aborted. */
  watch(signal: AbortSignal): Promise<void> {
    return watchFiles(
      () => this.#watched,
      this.#of.parts.clock,
      signal,
      () => this.reload('file'),
    );
  }

  /** Reads the plant file again, after whoever asked before. Rejects only by a fault of this program. */
  reload(cause: Cause): Promise<Reload> {
    const turn = this.#turn.then(() => this.#reload(cause));
    this.#turn = turn.catch(this.#failed.reject);
    return turn;
  }

  async #reload(cause: Cause): Promise<Reload> {
    const { clock } = this.#of.parts;
    const loaded = await this.#read();
    const result =
      'faults' in loaded ? refused(describeFaults(loaded.faults).split('\n')) : this.#take(loaded.config, cause);
    this.#last = { at: clock.now(), cause, ...result };
    this.#results.inc({ result: result.result });
    this.#isRefused.set(result.result === 'refused' ? 1 : 0);
    if (result.result !== 'refused') this.#succeeded.set(clock.wall() / 1_000);
    this.#tell(this.#last);
    return this.#last;
  }

  /** What cannot even be read is refused too. */
  async #read(): Promise<Loaded> {
    try {
      const loaded = await this.#of.source.read();
      this.#watched = loaded;
      return loaded;
    } catch (cause) {
      const { files, places } = this.#watched;
      const fault = { file: files[0] ?? '', line: 1, column: 1, path: '', message: `cannot be read: ${cause}` };
      return { faults: [fault], files, places };
    }
  }

  #take(config: PlantConfig, cause: Cause): Result {
    const { current } = this.#of.parts;
    const diff = diffOf(current.config, config);
    const waiting = needsRestart(diff).map(({ key }) => key);
    if (waitsAsAWhole(diff)) return { result: 'waiting', faults: [], waiting };
    const isSame = config.fingerprint === current.config.fingerprint && isEmpty(withoutWaiting(diff));
    if (isSame) return { result: waiting.length > 0 ? 'waiting' : 'unchanged', faults: [], waiting };
    this.#apply(withStanding(config, current.config), diff, cause);
    return { result: 'applied', faults: [], waiting };
  }

  /** At once: no sample comes in between. */
  #apply(config: PlantConfig, diff: PlantDiff, cause: Cause): void {
    const { parts, endpoints, counting } = this.#of;
    const { pipeline, current, platforms, store } = parts;
    const before = current.config.fingerprint;
    const configured = configuredOf(config);
    const counted = counting.values();
    endpoints.become(config.endpoints);
    pipeline.reconfigure(configured, (redefined) => ({
      body: configBody({ before, after: config.fingerprint }, diff, redefined),
      cause,
    }));
    counting.become(config, counted);
    platforms.become(config.platforms);
    store.keepWithin(boundsOf(config.store));
    current.become(config);
  }

  #tell({ cause, result, faults, waiting }: Reload): void {
    const { log, audit, current } = this.#of.parts;
    const { fingerprint } = current.config;
    if (result === 'refused') {
      log.error({ event: 'config-refused', cause, faults, todo: 'mend the plant file; the one before runs on' });
      audit.add({ ...NOBODY, action: 'config-refused', detail: { cause, faults } });
    } else if (result !== 'unchanged' || cause === 'signal') {
      log.info({
        event: `config-${result}`,
        cause,
        configuration: fingerprint,
        ...(waiting.length > 0 && { waiting }),
      });
    }
  }
}

const refused = (faults: readonly string[]): Result => ({
  result: 'refused',
  faults: faults.slice(0, MOST_FAULTS),
  waiting: [],
});

function withoutWaiting(diff: PlantDiff): PlantDiff {
  const waiting = new Set(needsRestart(diff));
  return { ...diff, settings: diff.settings.filter((change) => !waiting.has(change)) };
}

/** What only a new start takes up stays as it is. */
function withStanding({ clock: _, ...config }: PlantConfig, { agent, http, clock }: PlantConfig): PlantConfig {
  return { ...config, agent, http, ...(clock && { clock }) };
}
