import type { Evaluation } from '../rules/evaluation.ts';
import type { Window } from '../rules/interval.ts';
import type { Plan } from '../rules/plan.ts';
import { lookups, revise } from '../rules/revision.ts';
import type { Ms } from '../rules/sample.ts';
import type { Alarm, Amendment, Output } from '../rules/state.ts';
import { evaluationKey, type MinuteRow, type NewRecord, type Transaction } from './store/contract.ts';
import { alarmBody, evaluationBody, evaluationFrom, type WireTime } from './wire.ts';

/** What waits for a commit, in the order in which it happened. */
export type Entry = (Output | EndpointChange) & { readonly at: Ms };

export interface EndpointChange {
  readonly type: 'endpoint';
  readonly endpoint: string;
  readonly state: 'up' | 'down';
  readonly reason: string | null;
}

interface Writing {
  readonly plan: Plan;
  readonly time: WireTime;
  readonly fingerprint: string;
}

/** Entries become records, in order; a revision reads back what it revises inside the same transaction. */
export async function writeEntries(tx: Transaction, entries: readonly Entry[], writing: Writing): Promise<void> {
  for (const run of runs(entries)) {
    if (isAmending(run[0]!)) await writeRevisions(tx, run.filter(isAmending), writing);
    else await tx.append(run.flatMap((entry) => recordsOf(entry, writing)));
  }
  const minutes = entries.filter((entry) => entry.type === 'minute');
  if (minutes.length > 0) await tx.saveMinutes(minutes.map(minuteRow));
}

type Amending = Amendment & { readonly at: Ms };
const isAmending = (entry: Entry): entry is Amending => entry.type === 'amend' || entry.type === 'settle';

/** Neighbours of one sort: amendments together, so that a window touched by many is revised once. */
function runs(entries: readonly Entry[]): Entry[][] {
  const result: Entry[][] = [];
  for (const entry of entries) {
    if (entry.type === 'minute') continue;
    const last = result.at(-1);
    if (last && isAmending(last[0]!) === isAmending(entry)) last.push(entry);
    else result.push([entry]);
  }
  return result;
}

async function writeRevisions(tx: Transaction, amendments: readonly Amending[], writing: Writing): Promise<void> {
  const keys = lookups(writing.plan, amendments).map(({ id, window }) => evaluationKey(id, window));
  const stored = await tx.latest([...new Set(keys)]);
  const latest = (id: string, window: Window): Evaluation | undefined => {
    const json = stored.get(evaluationKey(id, window));
    return json === undefined ? undefined : evaluationFrom(json);
  };
  const { at } = amendments.at(-1)!;
  const records = revise(writing.plan, latest, amendments).flatMap(({ evaluation, alarm }) => [
    evaluationRecord(evaluation, at, writing),
    ...(alarm ? [alarmRecord(alarm, at, writing)] : []),
  ]);
  await tx.append(records);
}

function recordsOf(entry: Entry, writing: Writing): NewRecord[] {
  switch (entry.type) {
    case 'evaluation':
      return [evaluationRecord(entry.evaluation, entry.at, writing)];
    case 'alarm':
      return [alarmRecord(entry.alarm, entry.at, writing)];
    case 'note': {
      const { meter, event, detail } = entry;
      return [{ kind: 'meter', at: entry.at, key: null, body: { meter, event, detail } }];
    }
    case 'endpoint': {
      const { endpoint, state, reason } = entry;
      return [{ kind: 'endpoint', at: entry.at, key: null, body: { endpoint, state, reason } }];
    }
    default:
      return [];
  }
}

const evaluationRecord = (evaluation: Evaluation, at: Ms, { time, fingerprint }: Writing): NewRecord => ({
  kind: 'evaluation',
  at,
  key: evaluationKey(evaluation.metric, evaluation.window),
  body: evaluationBody(evaluation, time, fingerprint),
});

const alarmRecord = (alarm: Alarm, at: Ms, { time }: Writing): NewRecord => ({
  kind: 'alarm',
  at,
  key: null,
  body: alarmBody(alarm, time),
});

function minuteRow({ tag, summary }: Extract<Output, { type: 'minute' }>): MinuteRow {
  const { minute, samples, good, usable, min, max, sum, last } = summary;
  return { tag, minute, min, max, last, mean: usable > 0 ? sum / usable : null, goodShare: good / samples };
}
