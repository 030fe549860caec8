import type { AlarmAction, Transition } from '../../rules/alarm.ts';
import { takeUp } from '../../rules/carry.ts';
import { drain, type Input, nextDue, type Step, stepInPlace } from '../../rules/engine.ts';
import type { Evaluation } from '../../rules/evaluation.ts';
import { WINDOW_LENGTH } from '../../rules/interval.ts';
import { type Draft, type Entered, enter, take, unshelve } from '../../rules/ledger.ts';
import type { Plan } from '../../rules/plan.ts';
import { lookups, revise } from '../../rules/revision.ts';
import type { Ms } from '../../rules/sample.ts';
import { save } from '../../rules/saved.ts';
import { type Amendment, nextsOf, type Output, type State, startState } from '../../rules/state.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint.ts';
import { MemoryLog } from './log.ts';

/** What comes out of an engine whose log is in memory: figures are judged, amendments have become revisions. */
export type Made = (
  | { readonly type: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly type: 'alarm'; readonly alarm: Transition }
  | Exclude<Output, Amendment | { readonly type: 'figure' }>
) & { readonly at: Ms };

/** Closed windows are kept for revisions so much longer than the plan revises: a settlement touches its whole period. */
const KEPT_LONGER: Ms = 2 * WINDOW_LENGTH.day;
/** Evaluations between two looks at which of them are too old to be revised. */
const PRUNE_EVERY = 10_000;

/**
 * The rules with a log in memory: what the agent does with SQLite, without it. It holds the latest revision of what may
 * still be revised and nothing else, so that a year of samples takes no more memory than a week.
 */
export class MemoryEngine {
  plan: Plan;
  state: State;
  ledger: Draft = new Map();
  now: Ms;
  readonly #out: (made: Made) => void;
  readonly #log = new MemoryLog();
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

  /** Takes an input without anything in between: it is known of each instant at which the rules were given something. */
  repeat(input: Input): void {
    this.#step(input);
  }

  /** Goes on at `now` from its own checkpoint, as an agent does when it is started again. */
  takeUp(now: Ms): void {
    const saved = decodeCheckpoint(encodeCheckpoint(save(this.plan, this.state), this.ledger));
    this.ledger = new Map(saved.accounts ?? []);
    this.take(now, takeUp(this.plan, saved, now));
  }

  /** Goes on without samples until every window that has ended by now is closed, and the last readings are taken. */
  finish(): void {
    const to = this.now;
    const isOpen = (): boolean => nextsOf(this.state).some((next) => next?.some(({ end }) => end <= to));
    while (isOpen()) this.#step({ now: nextDue(this.plan, this.state), samples: [] });
    const now = Math.max(this.now, to + this.plan.grace);
    this.take(now, drain(this.plan, this.state, now));
  }

  /** Takes an operator's action on an alarm. */
  act(action: AlarmAction): void {
    this.#tell(take(this.plan, this.ledger, action, this.now));
  }

  #step(input: Input): void {
    this.take(input.now, stepInPlace(this.plan, this.state, input));
  }

  /** Goes on from the step made at `now`. */
  take(now: Ms, { state, outputs }: Step): void {
    this.now = now;
    this.state = state;
    this.#tell(unshelve(this.ledger, this.now));
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
      if (output.type === 'figure') this.#keep(enter(this.plan, this.ledger, output.figure, this.now));
      else this.#out({ ...output, at: this.now });
    }
    this.#revise(amendments);
    if (this.#sincePruned > PRUNE_EVERY) this.#prune();
  }

  #keep({ evaluations, transitions }: Entered): void {
    for (const evaluation of evaluations) {
      this.#log.keep(evaluation);
      this.#sincePruned++;
      this.#out({ type: 'evaluation', evaluation, at: this.now });
    }
    this.#tell(transitions);
  }

  #tell(transitions: readonly Transition[]): void {
    for (const alarm of transitions) this.#out({ type: 'alarm', alarm, at: this.now });
  }

  #revise(amendments: readonly Amendment[]): void {
    if (amendments.length === 0) return;
    const log = this.#log.reader(lookups(this.plan, amendments));
    this.#keep(revise(this.plan, this.ledger, log, amendments, this.now));
  }

  #prune(): void {
    this.#log.prune(this.now - this.plan.reviseWithin - KEPT_LONGER);
    this.#sincePruned = 0;
  }
}
