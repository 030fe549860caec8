import type { Evaluation } from '../../rules/evaluation.ts';
import type { Window } from '../../rules/interval.ts';
import { alarmBody, evaluationBody, type WireTime } from '../wire.ts';
import { differences } from './differences.ts';
import type { Made } from './engine.ts';
import type { Expected, ExpectedAlarm, ExpectedEvaluation, ExpectedWindow } from './expected.ts';
import { isNamed } from './windowName.ts';

/** What a story came to. */
export class Outcome {
  /** The latest revision of each figure. */
  readonly finals = new Map<string, Evaluation>();
  readonly alarms: Extract<Made, { type: 'alarm' }>[] = [];
  readonly notes: Extract<Made, { type: 'note' }>[] = [];

  take(made: Made): void {
    if (made.type === 'evaluation')
      this.finals.set(keyOf(made.evaluation.metric, made.evaluation.window), made.evaluation);
    else if (made.type === 'alarm') this.alarms.push(made);
    else if (made.type === 'note') this.notes.push(made);
  }
}

const keyOf = (metric: string, { kind, start }: Window): string => `${metric}|${kind}|${start}`;

/** Everything that differs from what was expected, in lines that a person reads; none when all is as it should be. */
export function compare(expected: Expected, outcome: Outcome, time: WireTime): string[] {
  const names = namesWith(time);
  return [
    ...evaluationDifferences(expected, outcome, time, names),
    ...alarmDifferences(expected, outcome, time, names),
    ...noteDifferences(expected, outcome),
  ];
}

/** Whether a window is the expected one. */
const isMeant = (expected: ExpectedWindow, window: Window): boolean =>
  'start' in expected ? expected.kind === window.kind && expected.start === window.start : isNamed(expected, window);

type Names = (id: string, window: ExpectedWindow | undefined) => string;

const namesWith =
  (time: WireTime): Names =>
  (id, window) =>
    window ? `${id} ${window.kind}${whichOf(window, time)}` : id;

function whichOf(window: ExpectedWindow, time: WireTime): string {
  if (window.product !== undefined) return `#${window.product}`;
  const at = 'start' in window ? window.start : window.at;
  return at === undefined ? '@last' : `@${time(at).replace(/:00\.000/, '')}`;
}

function evaluationDifferences(
  { evaluations, complete, tolerance }: Expected,
  { finals }: Outcome,
  time: WireTime,
  names: Names,
): string[] {
  const listed = new Set<string>();
  const differing = evaluations.flatMap((item) => {
    const [key, final] =
      [...finals].findLast(([, { metric, window }]) => metric === item.metric && isMeant(item.window, window)) ?? [];
    if (key !== undefined) listed.add(key);
    if (!final) return [`${names(item.metric, item.window)}: expected, but there is none`];
    const found = differences(wanted(item), given(final, time, item), tolerance);
    return found.length === 0 ? [] : [`${names(item.metric, item.window)}`, ...found.map((line) => `  ${line}`)];
  });
  if (!complete.includes('evaluations')) return differing;
  const extra = [...finals].filter(([key]) => !listed.has(key));
  return [...differing, ...extra.map(([, { metric, window }]) => `${names(metric, window)}: not expected`)];
}

const setOf = (flags: readonly string[]): string => [...new Set(flags)].sort().join(' ') || 'none';

function wanted({ metric: _, window: _window, amounts, flags, limit, ...rest }: ExpectedEvaluation): object {
  const byMeter = Object.entries((amounts ?? {}) as Record<string, unknown>).map(([meter, amount]) => [
    meter,
    typeof amount === 'number' ? { value: amount } : amount,
  ]);
  return {
    ...rest,
    ...(amounts !== undefined && { amounts: Object.fromEntries(byMeter) }),
    ...(flags !== undefined && { flags: setOf(flags as string[]) }),
    ...(limit !== undefined && { limit: typeof limit === 'string' ? { state: limit } : limit }),
  };
}

/** The figure in the form in which it is expected. */
function given(final: Evaluation, time: WireTime, { flags }: ExpectedEvaluation): object {
  const body = evaluationBody(final, time, '');
  return {
    ...body,
    amounts: Object.fromEntries(body.amounts.toReversed().map((amount) => [amount.meter, amount])),
    ...(flags !== undefined && {
      flags: setOf(body.amounts.flatMap((amount) => amount.flags)),
    }),
  };
}

function alarmDifferences(
  { alarms, complete, tolerance }: Expected,
  outcome: Outcome,
  time: WireTime,
  names: Names,
): string[] {
  const left = outcome.alarms.map(({ alarm }) => ({ body: alarmBody(alarm, time), window: alarm.window }));
  const missing = alarms.flatMap((item) => {
    const { window, ...rest } = item;
    const place = left.findIndex(
      (one) =>
        (window === undefined || isMeant(window, one.window)) && differences(rest, one.body, tolerance).length === 0,
    );
    if (place < 0) return [`alarm ${alarmName(item, names)}: expected, but there is none`];
    left.splice(place, 1);
    return [];
  });
  const extra = complete.includes('alarms') ? left : [];
  return [
    ...missing,
    ...extra.map(({ body, window }) => `alarm ${alarmName({ ...body, window }, names)}: not expected`),
  ];
}

const alarmName = ({ metric, window, from, to }: ExpectedAlarm, names: Names): string =>
  `${names(metric, window)} ${from ?? '…'} → ${to ?? '…'}`;

function noteDifferences({ notes, complete }: Expected, outcome: Outcome): string[] {
  const left = [...outcome.notes];
  const missing = notes.flatMap(({ meter, event, detail = '' }) => {
    const place = left.findIndex(
      (note) => note.meter === meter && note.event === event && note.detail.includes(detail),
    );
    if (place < 0) return [`note ${meter} ${event}${detail && `: ${detail}`}: expected, but there is none`];
    left.splice(place, 1);
    return [];
  });
  const extra = complete.includes('notes') ? left : [];
  return [...missing, ...extra.map(({ meter, event, detail }) => `note ${meter} ${event}: ${detail}: not expected`)];
}
