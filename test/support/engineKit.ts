import type { z } from 'zod';
import { decodeCheckpoint, encodeCheckpoint } from '../../agent/checkpoint.ts';
import { type Made, MemoryEngine } from '../../agent/offline/engine.ts';
import type { AlarmAction, Transition } from '../../rules/alarm.ts';
import { carryOver, takeUp } from '../../rules/carry.ts';
import type { Derivation } from '../../rules/derived.ts';
import { Entry } from '../../rules/entry.ts';
import type { Evaluation } from '../../rules/evaluation.ts';
import { type CalendarKind, WINDOW_KINDS, type WindowKind } from '../../rules/interval.ts';
import { type Draft, endGone, type Ledger } from '../../rules/ledger.ts';
import { type MeterOptions, MeterOptions as MeterSchema, MetricOptions } from '../../rules/options.ts';
import {
  type BaselineSpec,
  inputsOf,
  type LimitSpec,
  type MeterSpec,
  type MetricSpec,
  makePlan,
  type Plan,
} from '../../rules/plan.ts';
import type { Ms, RawValue, Sample, StatusCode } from '../../rules/sample.ts';
import { save } from '../../rules/saved.ts';
import type { Output, State } from '../../rules/state.ts';

/** An engine on a plan of the test's own, with all that came of it. */

type MeterIn = z.input<typeof MeterSchema> & { maxGapMs?: Ms; periodMs?: Ms };
type MetricIn = Omit<z.input<typeof MetricOptions>, 'limit' | 'baseline'> & {
  baseline?: BaselineSpec;
  limit?: Partial<LimitSpec> & Pick<LimitSpec, 'op' | 'bound'>;
};

export type MetricTerms = MetricIn['numerator'];

export interface Setup {
  readonly meters: readonly MeterIn[];
  readonly metrics?: readonly MetricIn[];
  readonly windows?: readonly CalendarKind[];
  readonly timeZone?: string;
  readonly shifts?: readonly string[];
  readonly dayStart?: string;
  readonly grace?: Ms;
  readonly reviseWithin?: Ms;
  readonly allowedSkew?: Ms;
  readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
  readonly derived?: Readonly<Record<string, Derivation>>;
}

export function planOf(setup: Setup): Plan {
  const meters: MeterSpec[] = setup.meters.map(({ maxGapMs, periodMs, ...options }) => {
    const parsed: MeterOptions = MeterSchema.parse(options);
    return {
      ...parsed,
      equipment: 'acme/line',
      maxGap: maxGapMs ?? parsed.maxGap ?? 60_000,
      periodMs: periodMs ?? 1_000,
    };
  });
  const windows = setup.windows ?? WINDOW_KINDS;
  const metrics: MetricSpec[] = (setup.metrics ?? []).map(({ limit, baseline, ...options }) => ({
    ...MetricOptions.parse(options),
    equipment: 'acme/line',
    limit: limit ? { indicator: null, deadband: 0, onDelay: 0, ...limit } : null,
    baseline: baseline ?? null,
    windows: options.windows ?? windows,
  }));
  const derived = setup.derived ?? {};
  const read = meters.flatMap((meter) => inputsOf(meter).filter((tag) => tag !== null));
  const ids = new Set([...read, ...Object.values(derived).flatMap(({ inputs }) => inputs)]);
  return makePlan({
    calendar: {
      timeZone: setup.timeZone ?? 'Asia/Shanghai',
      dayStart: setup.dayStart ?? '00:00',
      shifts: setup.shifts ?? ['00:00', '08:00', '16:00'],
      shiftDay: 'start',
    },
    windows,
    grace: setup.grace ?? 5_000,
    reviseWithin: setup.reviseWithin ?? 48 * 3_600_000,
    allowedSkew: setup.allowedSkew ?? 5_000,
    tags: [...ids].map((id) => ({ id, range: setup.ranges?.[id], derivation: derived[id] })),
    meters,
    metrics,
  });
}

/** What else the agent is told of a configuration that is not replaced. */
export const FIXED = { fingerprint: 'sha256:0', definitions: { meters: new Map(), derived: new Map() } };

export const at = (iso: string): Ms => Temporal.Instant.from(iso).epochMilliseconds;

export const sample = (tag: string, t: Ms, value: RawValue | null, statusCode: StatusCode = 'good'): Sample => ({
  tag,
  value,
  statusCode,
  sourceTimestamp: t,
  receivedAt: t,
});

export class Bench {
  readonly log: Evaluation[] = [];
  readonly alarms: Transition[] = [];
  readonly notes: Extract<Output, { type: 'note' }>[] = [];
  readonly entries: Extract<Output, { type: 'entry' }>[] = [];
  readonly #engine: MemoryEngine;

  constructor(setup: Setup, now: Ms) {
    this.#engine = new MemoryEngine(planOf(setup), now, (made) => this.#keep(made));
  }

  get plan(): Plan {
    return this.#engine.plan;
  }

  get state(): State {
    return this.#engine.state;
  }

  set state(state: State) {
    this.#engine.state = state;
  }

  get now(): Ms {
    return this.#engine.now;
  }

  /** Steps at every due instant up to `now`, then takes the samples. */
  feed(now: Ms, ...samples: Sample[]): this {
    this.#engine.feed({ now, samples });
    return this;
  }

  /** One reading of one tag, received when it was made. */
  read(tag: string, t: Ms, value: RawValue | null, statusCode: StatusCode = 'good'): this {
    return this.feed(t, sample(tag, t, value, statusCode));
  }

  /** What operators enter at `now`, in the form in which they enter it. */
  enter(now: Ms, ...entries: z.input<typeof Entry>[]): this {
    this.#engine.feed({ now, samples: [], entries: entries.map((entry) => Entry.parse(entry)) });
    return this;
  }

  /** Lets time pass until everything before it is closed. */
  until(now: Ms): this {
    return this.feed(now);
  }

  /** An operator's action, taken at once. */
  act(action: AlarmAction): this {
    this.#engine.act(action);
    return this;
  }

  get ledger(): Ledger {
    return this.#engine.ledger;
  }

  /** Through JSON and back, as a checkpoint does; maybe with another plan. */
  restart(now: Ms, setup?: Setup): this {
    const saved = decodeCheckpoint(encodeCheckpoint(save(this.plan, this.state), this.#engine.ledger));
    if (setup) this.#engine.plan = planOf(setup);
    this.#goOn(new Map(saved.accounts!), now);
    this.#engine.take(now, takeUp(this.plan, saved, now));
    return this;
  }

  /** Goes on with another plan; meters of these ids are no longer what they were. */
  change(setup: Setup, redefined: readonly string[] = []): this {
    const { plan, state, now, ledger } = this.#engine;
    const after = planOf(setup);
    this.#engine.take(now, carryOver(plan, after, state, now, { meters: new Set(redefined), derived: new Set() }));
    this.#engine.plan = after;
    this.#goOn(ledger, now);
    return this;
  }

  #goOn(ledger: Draft, at: Ms): void {
    this.#engine.ledger = ledger;
    this.alarms.push(...endGone(this.plan, ledger, at));
  }

  /** The final figure of a metric or meter over the window that starts at `start`. */
  final(id: string, kind: WindowKind, start: Ms): Evaluation {
    const found = this.log.findLast((e) => e.metric === id && e.window.kind === kind && e.window.start === start);
    if (!found) throw new Error(`no evaluation of ${id} over the ${kind} from ${new Date(start).toISOString()}`);
    return found;
  }

  /** The final figures of every window of a kind, oldest first. */
  finals(id: string, kind: WindowKind): Evaluation[] {
    const byStart = new Map<Ms, Evaluation>();
    for (const e of this.log) if (e.metric === id && e.window.kind === kind) byStart.set(e.window.start, e);
    return [...byStart.values()].sort((a, b) => a.window.start - b.window.start);
  }

  #keep(made: Made): void {
    if (made.type === 'evaluation') this.log.push(made.evaluation);
    else if (made.type === 'alarm') this.alarms.push(made.alarm);
    else if (made.type === 'note') this.notes.push(made);
    else if (made.type === 'entry') this.entries.push(made);
  }
}
