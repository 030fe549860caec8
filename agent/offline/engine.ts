import { type Input, nextDue, step } from '../../rules/engine.ts';
import type { Evaluation } from '../../rules/evaluation.ts';
import { WINDOW_LENGTH, type Window } from '../../rules/interval.ts';
import type { Plan } from '../../rules/plan.ts';
import { lookups, revise } from '../../rules/revision.ts';
import type { Ms } from '../../rules/sample.ts';
import { type Amendment, groupStates, type Output, type State, startState } from '../../rules/state.ts';

/** What comes out of an engine whose log is in memory: amendments have become revisions. */
export type Made = Exclude<Output, Amendment> & { readonly at: Ms };

/** Closed windows are kept for revisions so much longer than the plan revises: a settlement touches its whole period. */
const KEPT_LONGER: Ms = 2 * WINDOW_LENGTH.day;
/** Evaluations between two looks at which of them are too old to be revised. */
const PRUNE_EVERY = 10_000;

/**
 * The rules with a log in memory: what the agent does with SQLite, without it. It holds the latest revision of what may
 * still be revised and nothing else, so that a year of samples takes no more memory than a week.
 */
export class MemoryEngine {
  readonly plan: Plan;
  state: State;
  now: Ms;
  readonly #out: (made: Made) => void;
  readonly #latest = new Map<string, Evaluation>();
  #sincePruned = 0;

  constructor(plan: Plan, now: Ms, out: (made: Made) => void) {
    this.plan = plan;
    this.now = now;
    this.state = startState(plan, now);
    this.#out = out;
  }

  /** Lets time pass until `input.now`, closing what falls due on the way, and then takes what the input brings. */
  feed(input: Input): void {
    for (let due = nextDue(this.plan, this.state); due <= input.now; due = nextDue(this.plan, this.state))
      this.#step({ now: due, samples: [] });
    this.#step(input);
  }

  /** Goes on without samples until every window that ends by `to` is closed. */
  finish(to: Ms): void {
    const isOpen = (): boolean => groupStates(this.state).some(({ next }) => next?.some(({ end }) => end <= to));
    while (isOpen()) this.#step({ now: nextDue(this.plan, this.state), samples: [] });
  }

  #step(input: Input): void {
    this.now = input.now;
    const { state, outputs } = step(this.plan, this.state, input);
    this.state = state;
    let amendments: Amendment[] = [];
    for (const output of outputs) {
      if (output.type === 'amend' || output.type === 'settle') {
        amendments.push(output);
        continue;
      }
      if (output.type !== 'minute') {
        this.#revise(amendments);
        amendments = [];
      }
      this.#keep(output);
    }
    this.#revise(amendments);
    if (this.#sincePruned > PRUNE_EVERY) this.#prune();
  }

  #keep(output: Exclude<Output, Amendment>): void {
    if (output.type === 'evaluation') {
      this.#latest.set(keyOf(output.evaluation.metric, output.evaluation.window), output.evaluation);
      this.#sincePruned++;
    }
    this.#out({ ...output, at: this.now });
  }

  /** Throws a RangeError where `revise` looks for what `lookups` did not name: the agent would not have read it. */
  #revise(amendments: readonly Amendment[]): void {
    if (amendments.length === 0) return;
    const named = new Set(lookups(this.plan, amendments).map(({ id, window }) => keyOf(id, window)));
    const latest = (id: string, window: Window): Evaluation | undefined => {
      const key = keyOf(id, window);
      if (!named.has(key)) throw new RangeError(`revise looks for ${key}, which lookups does not name`);
      return this.#latest.get(key);
    };
    for (const { evaluation, alarm } of revise(this.plan, latest, amendments)) {
      this.#keep({ type: 'evaluation', evaluation });
      if (alarm) this.#keep({ type: 'alarm', alarm });
    }
  }

  #prune(): void {
    const oldest = this.now - this.plan.reviseWithin - KEPT_LONGER;
    for (const [key, { window }] of this.#latest)
      if (window.end + WINDOW_LENGTH[window.kind] < oldest) this.#latest.delete(key);
    this.#sincePruned = 0;
  }
}

const keyOf = (id: string, { kind, start }: Window): string => `${id}|${kind}|${start}`;
