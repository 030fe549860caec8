import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Ms } from '../../rules/sample.ts';
import { DamagedError } from '../store/errors.ts';
import { queries } from '../store/queries.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { EvaluationBody } from '../stream/protocol.ts';
import { fromWire } from '../wire.ts';
import { differences } from './differences.ts';

/** Records read from a log at a time. */
const PAGE = 1_000;

/** The latest revision of each figure, by metric and window. */
export type Finals = Map<string, EvaluationBody>;

export const keyOf = ({ metric, window }: EvaluationBody): string =>
  `${metric}|${window.kind}|${fromWire(window.start)}`;

/** Evaluations of earlier: lines of `pertonne tail` or `replay`, or an agent's own log (`DATA/pertonne.db`). */
export async function earlierFinals(file: string): Promise<Finals> {
  const finals: Finals = new Map();
  for await (const body of extname(file) === '.db' ? ofLog(file) : ofLines(file)) {
    const key = keyOf(body);
    if ((finals.get(key)?.revision ?? 0) <= body.revision) finals.set(key, body);
  }
  return finals;
}

async function* ofLines(file: string): AsyncGenerator<EvaluationBody> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const record = JSON.parse(line) as { kind?: string; body?: EvaluationBody };
    if (record.kind === 'evaluation' && record.body) yield record.body;
  }
}

async function* ofLog(file: string): AsyncGenerator<EvaluationBody> {
  const database = await openSqlite(file, { readOnly: true });
  try {
    const { read } = queries(database, String, refuse);
    let after = 0;
    for (let page = await read(after, PAGE); page.length > 0; page = await read(after, PAGE)) {
      after = page.at(-1)!.seq;
      for (const { kind, body } of page) if (kind === 'evaluation') yield JSON.parse(body) as EvaluationBody;
    }
  } finally {
    await database.close();
  }
}

function refuse(what: string): never {
  throw new DamagedError(`${what} is not as it was written`);
}

/** When the samples began and ended: other figures cannot have come out again. */
export interface Span {
  readonly from: Ms;
  readonly to: Ms;
}

/**
 * Where figures made again differ from earlier ones, to the last bit. Windows that the samples do not cover are left out,
 * and so are metrics of which nothing is known from earlier. Revisions are counted differently where an agent was busy, and
 * the configuration's fingerprint names it and not the figure.
 */
export function differencesBetween(earlier: Finals, now: Finals, { from, to }: Span): string[] {
  const sort = ({ metric, window }: EvaluationBody): string => `${metric}|${window.kind}`;
  const sorts = new Set([...earlier.values()].map(sort));
  const covered = ({ window }: EvaluationBody): boolean => fromWire(window.start) >= from && fromWire(window.end) <= to;
  const name = ({ metric, window }: EvaluationBody): string => `${metric} ${window.kind}@${window.start}`;
  const gone = [...earlier].flatMap(([key, body]) =>
    covered(body) && !now.has(key) ? [`${name(body)}: is not there now`] : [],
  );
  const changed = [...now].flatMap(([key, body]) => {
    if (!covered(body) || !sorts.has(sort(body))) return [];
    const before = earlier.get(key);
    if (!before) return [`${name(body)}: was not there earlier`];
    const { revision: _, config: _config, ...figure } = before;
    const found = differences(figure, body, 0);
    return found.length === 0 ? [] : [name(body), ...found.map((line) => `  ${line}`)];
  });
  return [...gone, ...changed];
}
