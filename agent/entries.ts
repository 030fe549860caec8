import type { Transition } from '../rules/alarm.ts';
import type { Evaluation } from '../rules/evaluation.ts';
import { accountKey, type Draft, endGone, unshelve } from '../rules/ledger.ts';
import { type Log, type Lookups, lookups, revise } from '../rules/revision.ts';
import type { Ms } from '../rules/sample.ts';
import type { Amendment } from '../rules/state.ts';
import type { Taken } from './backlog.ts';
import {
  alarmRecord,
  auditEvent,
  type Entry,
  lostRecord,
  type Making,
  minuteRow,
  recordsOf,
  recordsOfEntered,
  type Unmade,
  unmadeRecord,
} from './records.ts';
import { evaluationKey, type NewRecord, type Transaction } from './store/contract.ts';
import { UnwritableError } from './store/errors.ts';
import { evaluationFrom } from './wire.ts';

/** Entries made into records at a time: after a full disk many wait. */
const AT_ONCE = 1_000;

interface Writing {
  readonly tx: Transaction;
  readonly ledger: Draft;
  readonly making: Making;
  readonly unmade: Unmade[];
}

/**
 * Enters what has happened into the log, in order; a revision reads back what it revises inside the same transaction.
 * `ledger` goes on with it; what is shelved until `now` comes back into sight. Resolves to what had to be left out, of
 * which a record tells; rejects when the store fails.
 */
export async function writeEntries(
  tx: Transaction,
  ledger: Draft,
  { entries, lost }: Taken,
  now: Ms,
  making: Making,
): Promise<readonly Unmade[]> {
  const writing: Writing = { tx, ledger, making, unmade: [] };
  if (lost) await tx.append([lostRecord(lost, now, making)]);
  const [oldest] = entries;
  // After a new start the ledger is of the configuration before; where another takes over while it runs, the record of that comes first.
  if (oldest?.type !== 'config')
    await writeEnded({ ...writing, making: { ...making, ...oldest?.under } }, oldest?.at ?? now);
  for (const run of runs(entries)) {
    const [first] = run as [Entry];
    const own = { ...writing, making: { ...making, ...first.under } };
    await writeUnshelved(own, first.at);
    await writeRun(own, run);
    await writeEnded(own, first.at);
  }
  await writeUnshelved(writing, now);
  const { unmade } = writing;
  const left = new Set(unmade.map(({ entry }) => entry));
  await tx.audit(entries.flatMap((entry) => (left.has(entry) ? [] : (auditEvent(entry, making) ?? []))));
  const minutes = entries.filter((entry) => entry.type === 'minute');
  if (minutes.length > 0) await tx.saveMinutes(minutes.map(minuteRow));
  if (unmade.length > 0) await tx.append([unmadeRecord(unmade, now)]);
  return unmade;
}

const writeUnshelved = (writing: Writing, at: Ms): Promise<void> =>
  writeTransitions(writing, at, () => unshelve(writing.ledger, at));

const writeEnded = (writing: Writing, at: Ms): Promise<void> =>
  writeTransitions(writing, at, () => endGone(writing.making.plan, writing.ledger, at));

async function writeTransitions({ tx, making, unmade }: Writing, at: Ms, made: () => Transition[]): Promise<void> {
  const failure = await append(tx, () => made().map((transition) => alarmRecord(transition, at, making)));
  if (failure) unmade.push({ entry: null, cause: failure.cause });
}

type Amending = Amendment & { readonly at: Ms };
const isAmending = (entry: Entry): entry is Entry & Amending => entry.type === 'amend' || entry.type === 'settle';

/**
 * Neighbours of one sort: amendments together, so that a window touched by many is revised once; those of an operator's
 * entry by themselves, so that it is known what it changed; another configuration alone, since alarms may end with it.
 */
function runs(entries: readonly Entry[]): Entry[][] {
  const result: Entry[][] = [];
  for (const entry of entries) {
    if (entry.type === 'minute') continue;
    const last = result.at(-1);
    if (last && isOfOneSort(last[0]!, entry) && (isAmending(entry) || last.length < AT_ONCE)) last.push(entry);
    else result.push([entry]);
  }
  return result;
}

const isOfOneSort = (one: Entry, other: Entry): boolean =>
  isAmending(one) === isAmending(other) && one.by === other.by && one.under === other.under && one.type !== 'config';

/** Where something cannot be made, each half is made by itself, down to the entry that it is. */
async function writeRun(writing: Writing, run: readonly Entry[]): Promise<void> {
  const { tx, ledger, making, unmade } = writing;
  const before = [...ledger];
  const amendments = run.filter(isAmending);
  const make =
    amendments.length > 0
      ? await revisionsBy(writing, amendments)
      : () => run.flatMap((entry) => recordsOf(entry, ledger, making));
  const failure = await append(tx, make);
  if (!failure) return;
  ledger.clear();
  for (const [key, account] of before) ledger.set(key, account);
  if (run.length === 1) return void unmade.push({ entry: run[0]!, cause: failure.cause });
  const half = run.length >> 1;
  for (const part of [run.slice(0, half), run.slice(half)]) await writeRun(writing, part);
}

/** Resolves to why the records could not be made, with nothing written; rejects when the store fails. */
async function append(tx: Transaction, make: () => NewRecord[]): Promise<UnwritableError | null> {
  try {
    await tx.append(made(make));
    return null;
  } catch (cause) {
    if (cause instanceof UnwritableError) return cause;
    throw cause;
  }
}

function made(make: () => NewRecord[]): NewRecord[] {
  try {
    return make();
  } catch (cause) {
    throw new UnwritableError('no record could be made', { cause });
  }
}

async function revisionsBy(
  { tx, ledger, making }: Writing,
  amendments: readonly Amending[],
): Promise<() => NewRecord[]> {
  const { at } = amendments.at(-1)!;
  const log = await readBack(tx, lookups(making.plan, amendments));
  return () => recordsOfEntered(revise(making.plan, ledger, log, amendments, at), at, making);
}

async function readBack(tx: Transaction, { latest, since }: Lookups): Promise<Log> {
  const stored = await tx.latest([...new Set(latest.map(({ id, window }) => evaluationKey(id, window)))]);
  const chains = new Map<string, string[]>();
  for (const { id, kind, from } of since) chains.set(accountKey(id, kind), await tx.since(id, kind, from));
  return {
    latest: (id, window) => {
      const json = stored.get(evaluationKey(id, window));
      return json === undefined ? undefined : evaluationFrom(json);
    },
    since: (id, kind): Evaluation[] => (chains.get(accountKey(id, kind)) ?? []).map(evaluationFrom),
  };
}
