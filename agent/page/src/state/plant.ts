import type { Line, Metric, PlantDescription } from '../contract.ts';

/** The line that a metric belongs to and the metric's name; neither for one of no line. */
export function metricOf(
  { lines }: Pick<PlantDescription, 'lines'>,
  id: string,
): { line: Line | null; name: Metric['name'] | null } {
  for (const line of lines) {
    const found = [...line.metrics, ...line.meters].find((one) => one.id === id);
    if (found) return { line, name: found.name };
  }
  return { line: null, name: null };
}
