import { readFile } from 'node:fs/promises';
import type { Gap } from '../../agent/client/contract.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';

interface Row {
  readonly agent: string;
  readonly epoch: string;
  readonly seq: number;
  readonly body: unknown;
}

/** What a file of `pertonne receive` holds, read as anybody would. */
export interface Received {
  readonly gaps: (Gap & { agent: string })[];
  /** In the order of a JSON lines file; SQLite has none but that of seq. */
  seqs(agent: string, epoch: string): number[];
  body(agent: string, epoch: string, seq: number): unknown;
}

export async function receivedIn(file: string): Promise<Received> {
  const { rows, gaps } = await (file.endsWith('.db') ? inDatabase(file) : inLines(file));
  const of = (agent: string, epoch: string): Row[] => rows.filter((row) => row.agent === agent && row.epoch === epoch);
  return {
    gaps,
    seqs: (agent, epoch) => of(agent, epoch).map(({ seq }) => seq),
    body: (agent, epoch, seq) => of(agent, epoch).find((row) => row.seq === seq)?.body,
  };
}

type Content = { rows: Row[]; gaps: Received['gaps'] };

async function inDatabase(file: string): Promise<Content> {
  const database = await openSqlite(file, { readOnly: true });
  try {
    const rows = await database.all<Row & { body: string }>('SELECT agent, epoch, seq, body FROM record ORDER BY seq');
    const gaps = 'SELECT agent, epoch, first AS "from", last AS "to", reason FROM gap ORDER BY first';
    return {
      rows: rows.map((row) => ({ ...row, body: JSON.parse(row.body) as unknown })),
      gaps: await database.all(gaps),
    };
  } finally {
    await database.close();
  }
}

async function inLines(file: string): Promise<Content> {
  const text = await readFile(file, 'utf8');
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row & Gap & { kind: string });
  return {
    rows: lines.filter(({ seq }) => seq !== undefined),
    gaps: lines
      .filter(({ seq }) => seq === undefined)
      .map(({ agent, epoch, from, to, reason }) => ({ agent, epoch, from, to, reason })),
  };
}
