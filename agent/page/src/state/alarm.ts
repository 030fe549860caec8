import type { AlarmRecord, EvaluationBody, Line } from '../contract.ts';
import type { PageState } from './state.ts';

/** A limit was left or met again by a closed window. */
export type Transition = Pick<AlarmRecord['body'], 'metric' | 'window' | 'value' | 'unit' | 'limit'> &
  Partial<Pick<AlarmRecord['body'], 'to' | 'who'>>;

/** The newest one of the line: told by the stream or, from before the page was opened, seen in the trend. */
export function lastTransition(
  line: Line,
  { alarms, trends }: Pick<PageState, 'alarms' | 'trends'>,
): Transition | null {
  const told = line.metrics.flatMap(({ id }): Transition[] => {
    const alarm = alarms.get(id);
    return alarm ? [alarm.body] : [];
  });
  const seen = inTrend(trends.get(line.main) ?? []);
  const all = seen ? [seen, ...told] : told;
  return all.sort((a, b) => Date.parse(b.window.end) - Date.parse(a.window.end))[0] ?? null;
}

/** Where the judgement of one window differs from that of the window before. */
function inTrend(evaluations: readonly EvaluationBody[]): Transition | null {
  const at = evaluations.findLastIndex(
    ({ limit }, i) => i > 0 && limit !== null && (evaluations[i - 1]!.limit?.state ?? limit.state) !== limit.state,
  );
  const found = evaluations[at];
  return found?.limit ? { ...found, limit: found.limit } : null;
}
