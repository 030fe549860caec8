import {
  type Alarm,
  type AlarmAction,
  act,
  ended,
  expire,
  follow,
  type Judged,
  quiet,
  type Refusal,
  shelfRefusal,
  type Transition,
} from './alarm.ts';
import { compare } from './baseline.ts';
import type { Evaluation } from './evaluation.ts';
import { AT_FIRST, judge } from './limit.ts';
import type { Figure } from './metric.ts';
import type { MetricSpec, Plan } from './plan.ts';
import type { Ms } from './sample.ts';

/**
 * What is made of figures as they are entered into the log: verdicts, sums against a baseline, alarms. Each window builds
 * on the one before it, so what is known of the newest of each kind is kept, and survives a restart with the checkpoint.
 */

/** A window's verdict and sum, on which the next one builds. */
export type Link = Pick<Evaluation, 'metric' | 'equipment' | 'window' | 'value' | 'unit' | 'limit' | 'baseline'>;

/** A metric's windows of one kind: the newest of them, and the alarm. */
export interface Account {
  readonly newest: Link;
  readonly alarm: Alarm;
}

/** By `metric|window kind`. */
export type Ledger = ReadonlyMap<string, Account>;

/** A ledger under way inside one commit: accounts are replaced, never changed. */
export type Draft = Map<string, Account>;

export interface Entered {
  readonly evaluations: readonly Evaluation[];
  readonly transitions: readonly Transition[];
}

export const accountKey = (metric: string, kind: string): string => `${metric}|${kind}`;

/** Whether a metric's windows build on each other. */
export const isChained = ({ limit, baseline }: MetricSpec): boolean => limit !== null || baseline !== null;

/** What a figure comes to after the window before it. */
export function assess(
  { limit, baseline }: MetricSpec,
  before: Pick<Link, 'limit' | 'baseline'> | undefined,
  figure: Figure,
  length: Ms,
): Pick<Evaluation, 'limit' | 'baseline'> {
  return {
    limit: limit && judge(limit, before?.limit ?? AT_FIRST, figure, length),
    baseline: baseline && compare(baseline, before?.baseline, figure, length),
  };
}

/** Enters the figure of a window that has closed. */
export function enter(plan: Plan, ledger: Draft, figure: Figure, at: Ms): Entered {
  const metric = plan.metricById.get(figure.metric);
  if (!metric || !isChained(metric))
    return { evaluations: [{ ...figure, revision: 1, limit: null, baseline: null }], transitions: [] };
  const { start, end, kind } = figure.window;
  const before = ledger.get(accountKey(metric.id, kind))?.newest;
  const evaluation: Evaluation = { ...figure, revision: 1, ...assess(metric, before, figure, end - start) };
  const isRaised = evaluation.limit?.state === 'excursion' && before?.limit?.state !== 'excursion';
  return { evaluations: [evaluation], transitions: advance(ledger, evaluation, isRaised ? evaluation : null, at) };
}

/** The account goes on with the newest window; its alarm follows. */
export function advance(ledger: Draft, newest: Evaluation, raised: Evaluation | null, at: Ms): Transition[] {
  const { metric, equipment, window, value, unit, limit, baseline } = newest;
  const key = accountKey(metric, window.kind);
  const account = ledger.get(key);
  const alarm = account?.alarm ?? quiet(at);
  const link: Link = { metric, equipment, window, value, unit, limit, baseline };
  if (!isJudged(link)) {
    ledger.set(key, { newest: link, alarm });
    return [];
  }
  const before = account?.newest.limit ?? { ...link.limit, ...AT_FIRST, stale: false };
  const moved = follow(alarm, before, link, raised && isJudged(raised) ? raised : null, at);
  ledger.set(key, { newest: link, alarm: moved.alarm });
  return moved.transition ? [moved.transition] : [];
}

export const isJudged = <T extends Pick<Link, 'limit'>>(link: T): link is T & Pick<Judged, 'limit'> =>
  link.limit !== null;

/** Why an action cannot be taken; null when it can. */
export function refusalOf(plan: Plan, ledger: Ledger, action: AlarmAction, at: Ms): Refusal | null {
  const metric = plan.metricById.get(action.metric);
  if (!metric?.limit || !metric.windows.includes(action.window)) return 'unknown-alarm';
  const account = ledger.get(accountKey(action.metric, action.window));
  if (!account || !isJudged(account.newest)) return 'nothing-judged-yet';
  return action.action === 'shelve' ? shelfRefusal(action.until, at) : null;
}

/** Takes an operator's action; one that is refused, or was taken before, changes nothing. */
export function take(plan: Plan, ledger: Draft, action: AlarmAction, at: Ms): Transition[] {
  if (refusalOf(plan, ledger, action, at) !== null) return [];
  return move(ledger, accountKey(action.metric, action.window), (alarm, newest) => act(alarm, newest, action, at));
}

/** Brings back into sight what was shelved for a time that is over. */
export const unshelve = (ledger: Draft, at: Ms): Transition[] =>
  [...ledger].flatMap(([key, { alarm }]) =>
    alarm.shelf ? move(ledger, key, (shelved, newest) => expire(shelved, newest, at)) : [],
  );

function move(ledger: Draft, key: string, by: (alarm: Alarm, newest: Judged) => ReturnType<typeof act>): Transition[] {
  const { newest, alarm } = ledger.get(key)!;
  if (!isJudged(newest)) return [];
  const moved = by(alarm, newest);
  ledger.set(key, { newest, alarm: moved.alarm });
  return moved.transition ? [moved.transition] : [];
}

/** Closes the accounts for which the plan, another one than before, has no use, and ends the alarms of limits that it has not. */
export function endGone(plan: Plan, ledger: Draft, at: Ms): Transition[] {
  return [...ledger].flatMap(([key, { newest, alarm }]) => {
    const metric = plan.metricById.get(newest.metric);
    const isKept = metric !== undefined && isChained(metric) && metric.windows.includes(newest.window.kind);
    if (isKept && (metric.limit !== null || newest.limit === null)) return [];
    if (isKept) ledger.set(key, { newest: { ...newest, limit: null }, alarm: quiet(at) });
    else ledger.delete(key);
    return isJudged(newest) ? ended(alarm, newest) : [];
  });
}
