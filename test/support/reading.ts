import { realClock } from '../../agent/clock.ts';
import type { EvaluationBody } from '../../agent/stream/protocol.ts';
import { tail } from '../../agent/tail.ts';

export interface Line {
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly body: EvaluationBody;
}

/** Reads an agent's records from its beginning until `enough` of them is there, or the agent has finished. */
export async function readUntil(
  url: string,
  options: { metric?: string; window?: 'day' },
  enough: (lines: readonly Line[]) => boolean,
): Promise<Line[]> {
  const lines: Line[] = [];
  const done = new AbortController();
  await tail(url.replace('http', 'ws'), {
    from: 'earliest',
    follow: true,
    clock: realClock(),
    signal: done.signal,
    ...options,
    out: (line) => {
      lines.push(JSON.parse(line) as Line);
      if (enough(lines)) done.abort();
    },
  });
  return lines;
}

/** The latest revision of each of a metric's windows of a kind, by start. */
export function finals(lines: readonly Line[], metric: string, kind: string): Map<string, EvaluationBody> {
  const latest = new Map<string, EvaluationBody>();
  for (const { kind: of, body } of lines) {
    if (of !== 'evaluation' || body.metric !== metric || body.window.kind !== kind) continue;
    if ((latest.get(body.window.start)?.revision ?? 0) < body.revision) latest.set(body.window.start, body);
  }
  return latest;
}
