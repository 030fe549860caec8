import type { EvaluationBody } from '../stream/protocol.ts';

/** One figure in one line, for people: window, metric, value, and what is to be said of it. */
export function tableLine({
  metric,
  window,
  value,
  unit,
  statusCode,
  reason,
  amounts,
  limit,
  revision,
}: EvaluationBody): string {
  const flags = [...new Set(amounts.flatMap((amount) => amount.flags))];
  const said = [
    statusCode,
    reason ?? '',
    ...flags,
    limit && limit.state !== 'normal' ? `${limit.state}${limit.stale ? ' (stale)' : ''}` : '',
    revision > 1 ? `revision ${revision}` : '',
  ].filter((word) => word !== '');
  const start = `${window.start.slice(0, 16)}${window.start.slice(23)}`;
  const shown = value === null ? '–' : Number(value.toPrecision(7)).toString();
  return `${start}  ${window.kind.padEnd(11)}  ${metric.padEnd(28)}  ${shown.padStart(14)} ${unit.padEnd(8)}  ${said.join(', ')}`;
}
