import type { Logger } from 'pino';
import type { Clock, Pacer } from '../drivers/driver.ts';
import type { AlarmAction, Refusal } from '../rules/alarm.ts';
import { takeUp } from '../rules/carry.ts';
import { nextDue } from '../rules/engine.ts';
import type { Entry as OperatorEntry } from '../rules/entry.ts';
import { type Ledger, refusalOf } from '../rules/ledger.ts';
import type { Plan } from '../rules/plan.ts';
import type { Ms, Sample } from '../rules/sample.ts';
import { save } from '../rules/saved.ts';
import { nextsOf, type Output, type State, startState } from '../rules/state.ts';
import { Backlog, type BacklogBounds, type Dropped, type Taken } from './backlog.ts';
import { decodeCheckpoint, encodeCheckpoint, redefinedSince } from './checkpoint.ts';
import { type Configured, type InForce, notesOf, succeed } from './configured.ts';
import { writeEntries } from './entries.ts';
import type { Recorder } from './offline/recorder.ts';
import { type Entry, type Reconfigured, type Unmade, wordsFor } from './records.ts';
import { Stepping } from './stepping.ts';
import type { Store } from './store/contract.ts';
import { faultInWords } from './store/words.ts';
import { answer, type KeyConflict, Submissions, type Submitted } from './submissions.ts';
import type { WireTime } from './wire.ts';

/** Real milliseconds between group commits when nothing is urgent, and before a failed one is tried again. */
const COMMIT_EVERY = 1_000;
/** The longest pause before a failed commit is tried again: each try costs as much as all that waits. */
const LONGEST_PAUSE = 8_000;
/** Entries that may wait for a commit before samples are held back. */
const CROWDED = 5_000;

export interface PipelineOptions extends Configured {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly time: WireTime;
  /** Called after every COMMIT. */
  committed(): void;
  /** What may wait while the store takes nothing. */
  readonly bounds?: BacklogBounds;
  /** Takes down what the rules are given. */
  readonly recorder?: Recorder | undefined;
}

/** The one way from samples to the log: drivers deliver into `accept`, a group commit takes what comes of it. */
export class Pipeline {
  readonly options: PipelineOptions;
  /** Why the last commit failed, and what to do; null while the store takes what it is given. */
  storeFault: string | null = null;
  /** Since when it has failed. */
  failingSince: Ms | null = null;
  /** What no record could be made of since the start, and was dropped; `last` says what it was, and why. */
  unmade: { readonly count: number; readonly last: string | null } = { count: 0, last: null };
  #inForce: InForce;
  readonly #stepping: Stepping;
  #ledger: Ledger;
  readonly #backlog: Backlog;
  readonly #submissions = new Submissions();
  /** Ends the pause before the next commit: for a record, and, while the store fails, only for somebody who waits. */
  #urgent: () => void = () => {};
  #pressing: () => void = () => {};
  #earlier = new AbortController();
  #sleepsUntil: Ms = -Infinity;
  #roomMade = Promise.withResolvers<void>();

  private constructor(options: PipelineOptions, state: State, ledger: Ledger) {
    this.options = options;
    const { plan, fingerprint, definitions } = options;
    this.#inForce = { plan, fingerprint, definitions };
    this.#stepping = new Stepping(state);
    this.#ledger = ledger;
    this.#backlog = new Backlog(options.bounds);
  }

  /** Takes up the checkpoint of the store, or begins anew where there is none. */
  static async open(options: PipelineOptions): Promise<Pipeline> {
    const { plan, store, clock } = options;
    const json = await store.checkpoint();
    const now = clock.now();
    const saved = json === null ? null : decodeCheckpoint(json);
    options.recorder?.started(now, saved?.steppedAt ?? null);
    if (saved === null) return new Pipeline(options, startState(plan, now), new Map());
    const redefined = redefinedSince(saved, options.definitions);
    const { state, outputs } = takeUp(plan, saved, now, redefined);
    const pipeline = new Pipeline(options, state, new Map(saved.accounts ?? []));
    pipeline.#push([...outputs, ...notesOf(redefined)], now);
    return pipeline;
  }

  get plan(): Plan {
    return this.#inForce.plan;
  }

  get state(): State {
    return this.#stepping.state;
  }

  /** What was made of the figures that are committed. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Entries that wait for a commit. */
  get queued(): number {
    return this.#backlog.size;
  }

  /** Dropped since the start, because the store took nothing for too long. */
  get dropped(): Dropped {
    return this.#backlog.dropped;
  }

  /** Whether every window that ends by `to` is closed. */
  closedThrough(to: Ms): boolean {
    return nextsOf(this.state).every((next) => next?.every((window) => window.end > to) ?? false);
  }

  /** The only way in for drivers, and for what operators enter. Resolves when there is room for more. */
  async accept(samples: readonly Sample[], entries: readonly OperatorEntry[] = []): Promise<void> {
    this.#step(samples, entries);
    if (nextDue(this.plan, this.state) < this.#sleepsUntil) this.#earlier.abort();
    await this.options.recorder?.room();
    while (this.#backlog.size > CROWDED && this.storeFault === null) await this.#roomMade.promise;
  }

  /** Anything else that becomes a record: an endpoint going up or down. */
  enter(entry: Entry): void {
    this.#backlog.push({ ...entry, under: this.#inForce });
    this.#urgent();
  }

  #push(outputs: readonly (Output | Reconfigured)[], at: Ms, by?: Submitted): void {
    this.#backlog.push(...outputs.map((output) => ({ ...output, at, under: this.#inForce, ...(by && { by }) })));
    if (outputs.some((output) => output.type !== 'minute')) this.#urgent();
  }

  /**
   * Goes on under another configuration, at once: what is committed together is of the one or of the other. `told` makes
   * the record of it from the meters that count anew.
   */
  reconfigure(to: Configured, told: (redefined: readonly string[]) => Omit<Reconfigured, 'type'>): void {
    const { clock, recorder } = this.options;
    const now = clock.now();
    const { inForce, redefined, state, outputs } = succeed(this.#inForce, to, this.state, now);
    recorder?.kept();
    recorder?.started(now, this.state.steppedAt);
    this.#push(outputs, now);
    this.#inForce = inForce;
    this.#stepping.state = state;
    this.#push([{ type: 'config', ...told([...redefined.meters]) }, ...notesOf(redefined)], now);
    this.#earlier.abort();
  }

  /** An operator's action on an alarm. Resolves when it is committed, or with why it cannot be; rejects when the store fails. */
  async act(action: AlarmAction, from: string): Promise<Refusal | null> {
    const { clock, recorder } = this.options;
    const refusal = refusalOf(this.plan, this.#ledger, action, clock.now());
    if (refusal !== null) return refusal;
    // After a step of its own it is known which checkpoints hold it.
    const { at } = this.#step([]);
    recorder?.act(at, action);
    const own = Promise.withResolvers<void>();
    this.enter({ type: 'action', action, from, answer: own, at });
    this.#pressing();
    await own.promise;
    return null;
  }

  /**
   * An operator's entry. Resolves to null when it is committed, with all that came of it, or to why its key cannot be
   * used. Rejects when the store fails: the entry is kept and written when the store recovers; said again, it is waited for.
   */
  async submit(entry: OperatorEntry, from: string): Promise<KeyConflict | null> {
    let by = this.#submissions.waiting(entry);
    if (by === 'other-entry') return by;
    if (!by) {
      by = { entry, from, answer: answer() };
      if (!this.#step([], [entry], by).outputs.some(({ type }) => type === 'entry')) return 'spent';
      this.#submissions.add(by);
      if (nextDue(this.plan, this.state) < this.#sleepsUntil) this.#earlier.abort();
    }
    this.#pressing();
    await by.answer.promise;
    return null;
  }

  #step(
    samples: readonly Sample[],
    entries: readonly OperatorEntry[] = [],
    by?: Submitted | undefined,
  ): { readonly at: Ms; readonly outputs: readonly Output[] } {
    const { clock, recorder } = this.options;
    const now = clock.now();
    recorder?.take({ now, samples, entries });
    const outputs = this.#stepping.take(this.plan, { now, samples, entries });
    this.#push(outputs, now, by);
    return { at: now, outputs };
  }

  /** Steps when a window falls due although no sample comes; until aborted. */
  async keepTime(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const pacer = clock.pacer();
    try {
      while (!signal.aborted) {
        await this.#sleepUntil(pacer, nextDue(this.plan, this.state), signal);
        if (!signal.aborted && clock.now() >= nextDue(this.plan, this.state)) this.#step([]);
      }
    } finally {
      pacer.leave();
    }
  }

  /** Sleeps until `due`, or until `accept` finds that something falls due earlier. */
  async #sleepUntil(pacer: Pacer, due: Ms, signal: AbortSignal): Promise<void> {
    this.#earlier = new AbortController();
    this.#sleepsUntil = due;
    await pacer.until(due, AbortSignal.any([signal, this.#earlier.signal])).catch(() => {});
    this.#sleepsUntil = -Infinity;
  }

  /** Group commits until aborted, the last one after it: at once when a record waits, else every second. */
  async keepCommitting(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const pause = new AbortController();
      this.#pressing = () => pause.abort();
      this.#urgent = failures > 0 ? () => {} : this.#pressing;
      const wait = Math.min(COMMIT_EVERY * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE);
      if (!this.#backlog.isUrgent || failures > 0)
        await this.options.clock.delay(wait, AbortSignal.any([signal, pause.signal])).catch(() => {});
      failures = (await this.#commit()) ? 0 : failures + 1;
    }
    await this.#commit();
  }

  /** Whether the store took it. */
  async #commit(): Promise<boolean> {
    const { store, clock, recorder, committed } = this.options;
    const { plan, definitions } = this.#inForce;
    const writing = { ...this.#inForce, time: this.options.time };
    const taken = this.#backlog.take();
    const submitted = this.#submissions.all();
    const saved = save(plan, this.state);
    recorder?.kept();
    const ledger = new Map(this.#ledger);
    let unmade: readonly Unmade[] = [];
    try {
      await store.write(async (tx) => {
        unmade = await writeEntries(tx, ledger, taken, clock.now(), writing);
        await recorder?.written();
        await tx.saveCheckpoint(encodeCheckpoint(saved, ledger, definitions));
      });
      this.#works(taken);
      this.#ledger = ledger;
      this.#tell(unmade);
      const left = new Map(unmade.map(({ entry, cause }) => [entry, cause]));
      for (const entry of taken.entries) {
        if (entry.type !== 'action') continue;
        if (left.has(entry)) entry.answer.reject(left.get(entry));
        else entry.answer.resolve();
      }
      const entered = taken.entries.filter((entry) => entry.type === 'entry' && !left.has(entry));
      this.#submissions.committed(submitted, (one) => entered.some(({ by }) => by === one));
      committed();
    } catch (cause) {
      this.#fails(cause);
      for (const entry of taken.entries) if (entry.type === 'action') entry.answer.reject(cause);
      this.#submissions.failed(submitted, cause);
      this.#backlog.putBack({ ...taken, entries: taken.entries.filter(({ type }) => type !== 'action') });
    }
    this.#roomMade.resolve();
    this.#roomMade = Promise.withResolvers<void>();
    return this.storeFault === null;
  }

  #works({ lost }: Taken): void {
    const { log, clock } = this.options;
    if (this.failingSince !== null)
      log.info({ event: 'store-recovered', afterMs: clock.now() - this.failingSince, lost });
    this.storeFault = this.failingSince = null;
  }

  #tell(unmade: readonly Unmade[]): void {
    const [first] = unmade;
    if (!first) return;
    const last = `${wordsFor(first.entry)}: ${first.cause}`;
    this.unmade = { count: this.unmade.count + unmade.length, last };
    const todo = 'a fault of this program: report it with this line';
    this.options.log.error({ event: 'record-not-made', dropped: unmade.length, what: last, err: first.cause, todo });
  }

  #fails(cause: unknown): void {
    const { log, clock } = this.options;
    this.storeFault = faultInWords(cause);
    if (this.failingSince !== null) return;
    this.failingSince = clock.now();
    log.error({ event: 'store-failed', err: cause, todo: this.storeFault });
  }
}
