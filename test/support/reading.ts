import type { EvaluationBody } from '../../agent/stream/protocol.ts';
import { tail } from '../../agent/tail.ts';
import { Pertonne } from './process.ts';

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
    signal: done.signal,
    ...options,
    out: (line) => {
      lines.push(JSON.parse(line) as Line);
      if (enough(lines)) done.abort();
    },
  });
  return lines;
}

/** Replays a record in lock-step in a process of its own and reads all its records (of one window) back from the stream. */
export async function replayed(
  file: string,
  dataFolder: string,
  options: { window?: 'day' } = {},
): Promise<{ lines: Line[]; code: number | null }> {
  const replay = ['--replay', file, '--speed', 'max', '--once'];
  const demo = new Pertonne('demo', ...replay, '--port', '0', '--data', dataFolder);
  const lines = await readUntil(await demo.url(), options, () => false);
  return { lines, code: await demo.exited };
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
