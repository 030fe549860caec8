import { z } from 'zod';
import type { Evaluation, Verdict } from './evaluation.ts';
import { ALL_KINDS } from './interval.ts';
import { Id, Plain } from './options.ts';
import type { Ms } from './sample.ts';

/**
 * The alarm of a metric's limit over one kind of window (ISA-18.2). Its condition is the verdict of the newest window,
 * which does not depend on the order in which things became known. Whether somebody has seen it does: an excursion that
 * was raised, of whatever window, stands until it is acknowledged, even if a revision has taken it back since.
 */

/**
 * `excursion`: not acknowledged. `acknowledged`: still an excursion. `returned`: the limit is met again, and nobody has
 * acknowledged that it was not. A warning rests on an estimate or on doubtful data and asks for nobody's hand.
 */
export const ALARM_STATES = ['normal', 'warning', 'excursion', 'acknowledged', 'returned', 'shelved'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

export const ALARM_ACTIONS = ['acknowledge', 'shelve', 'unshelve'] as const;

export const Who = Plain.trim().min(1).max(100).describe('the operator');
export const Words = z.string().trim().min(1).max(500);
const which = { metric: Id, window: z.enum(ALL_KINDS) };

/** What an operator does about an alarm; done twice it is done once. */
export const AlarmAction = z.discriminatedUnion('action', [
  z.strictObject({ ...which, action: z.literal('acknowledge'), who: Who, reason: Words.optional() }),
  z.strictObject({
    ...{ ...which, action: z.literal('shelve'), who: Who, reason: Words },
    until: z.number().int().describe('epoch milliseconds; at most 31 days ahead'),
  }),
  z.strictObject({ ...which, action: z.literal('unshelve'), who: Who, reason: Words.optional() }),
]);
export type AlarmAction = z.infer<typeof AlarmAction>;

/** No alarm is out of sight for longer. */
const LONGEST_SHELF: Ms = 31 * 86_400_000;

/** Out of sight until a time, since somebody said so. */
export interface Shelf {
  readonly until: Ms;
  readonly who: string;
  readonly reason: string;
}

export interface Alarm {
  readonly unacknowledged: boolean;
  readonly shelf: Shelf | null;
  /** When it came to the state in which it is. */
  readonly since: Ms;
}
export const quiet = (at: Ms): Alarm => ({ unacknowledged: false, shelf: null, since: at });

/** A window with its verdict. */
export type Judged = Pick<Evaluation, 'metric' | 'equipment' | 'window' | 'value' | 'unit'> & {
  readonly limit: Verdict;
};

/** A change of state, or of whether it is stale, and whose doing it was; all null: that of the window's figure. */
export interface Transition extends Judged {
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly action: AlarmAction['action'] | null;
  readonly who: string | null;
  readonly reason: string | null;
  /** Until when it is shelved. */
  readonly until: Ms | null;
}

export interface Moved {
  readonly alarm: Alarm;
  readonly transition: Transition | null;
}

export function stateOf({ unacknowledged, shelf }: Alarm, { state }: Pick<Verdict, 'state'>): AlarmState {
  if (shelf) return 'shelved';
  if (state === 'excursion') return unacknowledged ? 'excursion' : 'acknowledged';
  if (unacknowledged) return 'returned';
  return state === 'warning' ? 'warning' : 'normal';
}

/** One that stands, of which operators want to know that its figure is missing. */
const STANDING: readonly AlarmState[] = ['warning', 'excursion', 'acknowledged'];

/** The alarm after new verdicts: `newest` that of the newest window, `raised` a window that has become an excursion. */
export function follow(alarm: Alarm, before: Verdict, newest: Judged, raised: Judged | null, at: Ms): Moved {
  const next: Alarm = raised ? { ...alarm, unacknowledged: true } : alarm;
  const [from, to] = [stateOf(alarm, before), stateOf(next, newest.limit)];
  const isDoubted = STANDING.includes(to) && before.stale !== newest.limit.stale;
  if (from === to && !isDoubted) return { alarm: next, transition: null };
  const cause = to === 'returned' && raised ? raised : newest;
  return { alarm: { ...next, since: from === to ? alarm.since : at }, transition: said(cause, from, to) };
}

export type Refusal = 'unknown-alarm' | 'nothing-judged-yet' | 'time-has-passed' | 'too-long';

/** Why a shelf cannot be had. */
export function shelfRefusal(until: Ms, at: Ms): Refusal | null {
  if (until <= at) return 'time-has-passed';
  return until > at + LONGEST_SHELF ? 'too-long' : null;
}

/** The alarm after what an operator did. */
export function act(alarm: Alarm, newest: Judged, action: AlarmAction, at: Ms): Moved {
  const next = acted(alarm, action);
  if (next === alarm) return { alarm, transition: null };
  const [from, to] = [stateOf(alarm, newest.limit), stateOf(next, newest.limit)];
  const { who, reason = null } = action;
  const until = action.action === 'shelve' ? action.until : null;
  const by = { action: action.action, who, reason, until };
  return {
    alarm: { ...next, since: from === to ? alarm.since : at },
    transition: { ...said(newest, from, to), ...by },
  };
}

function acted(alarm: Alarm, action: AlarmAction): Alarm {
  switch (action.action) {
    case 'acknowledge':
      return alarm.unacknowledged ? { ...alarm, unacknowledged: false } : alarm;
    case 'shelve': {
      const { until, who, reason } = action;
      const isSame = alarm.shelf?.until === until && alarm.shelf.reason === reason && alarm.shelf.who === who;
      return isSame ? alarm : { ...alarm, shelf: { until, who, reason } };
    }
    case 'unshelve':
      return alarm.shelf ? { ...alarm, shelf: null } : alarm;
  }
}

/** The alarm comes back into sight when its time is over. */
export function expire(alarm: Alarm, newest: Judged, at: Ms): Moved {
  if (!alarm.shelf || alarm.shelf.until > at) return { alarm, transition: null };
  const next: Alarm = { ...alarm, shelf: null, since: alarm.shelf.until };
  const transition = said(newest, 'shelved', stateOf(next, newest.limit));
  return { alarm: next, transition: { ...transition, reason: 'the time for which it was shelved is over' } };
}

/** The alarm when its limit is no more: nothing that stands, or is out of sight, is left behind without a word. */
export function ended(alarm: Alarm, newest: Judged): Transition[] {
  const from = stateOf(alarm, newest.limit);
  if (from === 'normal') return [];
  return [{ ...said(newest, from, 'normal'), reason: 'its limit is no longer in the configuration' }];
}

function said(judged: Judged, from: AlarmState, to: AlarmState): Transition {
  const { metric, equipment, window, value, unit, limit } = judged;
  return {
    metric,
    equipment,
    window,
    value,
    unit,
    limit,
    from,
    to,
    action: null,
    who: null,
    reason: null,
    until: null,
  };
}
