import type { AlarmAction, Transition } from '../rules/alarm.ts';
import type { Evaluation } from '../rules/evaluation.ts';
import { accountKey, type Draft, type Entered, enter, take, unshelve } from '../rules/ledger.ts';
import type { Plan } from '../rules/plan.ts';
import { type Log, type Lookups, lookups, revise } from '../rules/revision.ts';
import type { Ms } from '../rules/sample.ts';
import type { Amendment, Output } from '../rules/state.ts';
import type { Lost, Taken } from './backlog.ts';
import { type AuditEvent, evaluationKey, type MinuteRow, type NewRecord, type Transaction } from './store/contract.ts';
import type { GapBody } from './stream/protocol.ts';
import type { Submitted } from './submissions.ts';
import { alarmBody, entryBody, evaluationBody, evaluationFrom, type WireTime } from './wire.ts';

/** What waits for a commit, in the order in which it happened; `by`: it came of an operator's entry. */
export type Entry = (Output | EndpointChange | Acting) & { readonly at: Ms; readonly by?: Submitted };

/** An operator's action on an alarm; `answer` settles with the commit that holds it, or with the one that failed. */
export interface Acting {
  readonly type: 'action';
  readonly action: AlarmAction;
  readonly from: string;
  readonly answer: PromiseWithResolvers<void>;
}

export interface EndpointChange {
  readonly type: 'endpoint';
  readonly endpoint: string;
  readonly state: 'up' | 'down';
  readonly reason: string | null;
}

/** Entries made into records at a time: after a full disk many wait. */
const AT_ONCE = 1_000;

interface Writing {
  readonly plan: Plan;
  readonly time: WireTime;
  readonly fingerprint: string;
}

/**
 * Enters what has happened into the log, in order; a revision reads back what it revises inside the same transaction.
 * `ledger` goes on with it; what is shelved until `now` comes back into sight.
 */
export async function writeEntries(
  tx: Transaction,
  ledger: Draft,
  { entries, lost }: Taken,
  now: Ms,
  writing: Writing,
): Promise<void> {
  if (lost) await tx.append([lostRecord(lost, now, writing)]);
  for (const run of runs(entries)) {
    const { at } = run[0]!;
    await tx.append(unshelve(ledger, at).map((transition) => alarmRecord(transition, at, writing)));
    if (isAmending(run[0]!)) await writeRevisions(tx, ledger, run.filter(isAmending), writing);
    else
      for (let first = 0; first < run.length; first += AT_ONCE)
        await tx.append(run.slice(first, first + AT_ONCE).flatMap((entry) => recordsOf(entry, ledger, writing)));
  }
  await tx.append(unshelve(ledger, now).map((transition) => alarmRecord(transition, now, writing)));
  await tx.audit(entries.flatMap((entry) => auditEvent(entry, writing) ?? []));
  const minutes = entries.filter((entry) => entry.type === 'minute');
  if (minutes.length > 0) await tx.saveMinutes(minutes.map(minuteRow));
}

type Amending = Amendment & { readonly at: Ms };
const isAmending = (entry: Entry): entry is Amending => entry.type === 'amend' || entry.type === 'settle';

/**
 * Neighbours of one sort: amendments together, so that a window touched by many is revised once; those of an operator's
 * entry by themselves, so that it is known what it changed.
 */
function runs(entries: readonly Entry[]): Entry[][] {
  const result: Entry[][] = [];
  for (const entry of entries) {
    if (entry.type === 'minute') continue;
    const last = result.at(-1);
    if (last && isAmending(last[0]!) === isAmending(entry) && last[0]!.by === entry.by) last.push(entry);
    else result.push([entry]);
  }
  return result;
}

async function writeRevisions(
  tx: Transaction,
  ledger: Draft,
  amendments: readonly Amending[],
  writing: Writing,
): Promise<void> {
  const { at } = amendments.at(-1)!;
  const log = await readBack(tx, lookups(writing.plan, amendments));
  await tx.append(recordsOfEntered(revise(writing.plan, ledger, log, amendments, at), at, writing));
}

async function readBack(tx: Transaction, { latest, since }: Lookups): Promise<Log> {
  const stored = await tx.latest([...new Set(latest.map(({ id, window }) => evaluationKey(id, window)))]);
  const chains = new Map<string, Evaluation[]>();
  for (const { id, kind, from } of since)
    chains.set(accountKey(id, kind), (await tx.since(id, kind, from)).map(evaluationFrom));
  return {
    latest: (id, window) => {
      const json = stored.get(evaluationKey(id, window));
      return json === undefined ? undefined : evaluationFrom(json);
    },
    since: (id, kind) => chains.get(accountKey(id, kind)) ?? [],
  };
}

function recordsOf(entry: Entry, ledger: Draft, writing: Writing): NewRecord[] {
  const { at } = entry;
  switch (entry.type) {
    case 'figure':
      return recordsOfEntered(enter(writing.plan, ledger, entry.figure, at), at, writing);
    case 'action':
      return take(writing.plan, ledger, entry.action, at).map((transition) => alarmRecord(transition, at, writing));
    case 'note': {
      const { meter, event, detail } = entry;
      return [{ kind: 'meter', at, key: null, body: { meter, event, detail } }];
    }
    case 'entry':
      return [{ kind: 'entry', at: entry.at, key: null, body: entryBody(entry, writing.time) }];
    case 'endpoint': {
      const { endpoint, state, reason } = entry;
      return [{ kind: 'endpoint', at, key: null, body: { endpoint, state, reason } }];
    }
    default:
      return [];
  }
}

/** What people did stands in the audit trail too. */
function auditEvent(entry: Entry, { time }: Writing): AuditEvent | null {
  const { at } = entry;
  if (entry.type === 'action')
    return {
      at,
      who: entry.action.who,
      from: entry.from,
      action: `alarm-${entry.action.action}`,
      detail: entry.action,
    };
  if (entry.type !== 'entry') return null;
  const detail = entryBody(entry, time);
  return { at, who: detail.by, from: entry.by?.from ?? null, action: 'entry', detail };
}

const recordsOfEntered = ({ evaluations, transitions }: Entered, at: Ms, writing: Writing): NewRecord[] => [
  ...evaluations.map((evaluation) => evaluationRecord(evaluation, at, writing)),
  ...transitions.map((transition) => alarmRecord(transition, at, writing)),
];

/** What the store did not take in time, and was dropped. */
function lostRecord({ records, minutes, since, until }: Lost, at: Ms, { time }: Writing): NewRecord {
  const body: GapBody = { reason: 'not-stored', records, minutes, since: time(since), until: time(until) };
  return { kind: 'gap', at, key: null, body };
}

const evaluationRecord = (evaluation: Evaluation, at: Ms, { time, fingerprint }: Writing): NewRecord => ({
  kind: 'evaluation',
  at,
  key: evaluationKey(evaluation.metric, evaluation.window),
  body: evaluationBody(evaluation, time, fingerprint),
});

const alarmRecord = (transition: Transition, at: Ms, { time }: Writing): NewRecord => ({
  kind: 'alarm',
  at,
  key: null,
  body: alarmBody(transition, time),
});

function minuteRow({ tag, summary }: Extract<Output, { type: 'minute' }>): MinuteRow {
  const { minute, samples, good, usable, min, max, sum, last } = summary;
  return { tag, minute, min, max, last, mean: usable > 0 ? sum / usable : null, goodShare: good / samples };
}
