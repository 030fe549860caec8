import { createReadStream } from 'node:fs';
import { CsvError, type Info, parse } from 'csv-parse';
import { didYouMean } from '../../config/suggest.ts';
import type { Ms, StatusCode } from '../../rules/sample.ts';
import { type Instant, readInstant } from './instant.ts';
import { type Given, type Known, type Line, receivedAt, sampleAt } from './lines.ts';
import { ofMinute } from './minutes.ts';
import { type Cell, readCell } from './values.ts';

/**
 * Samples as a table. Wide: `time` and a column for each tag, an empty cell where there is no reading. Long: the columns
 * `time`, `tag`, `value` and perhaps `status`. Either may have `received`. What follows a # is a comment. Or a tag's history
 * as an agent gives it.
 */
export async function* csvLines(file: string, known: Known): AsyncGenerator<Line> {
  const parser = parse({
    comment: '#',
    trim: true,
    bom: true,
    info: true,
    relaxColumnCount: true,
    skipEmptyLines: true,
  });
  const rows = createReadStream(file)
    .on('error', (cause) => parser.destroy(cause))
    .pipe(parser);
  let reader: ((cells: readonly string[], line: number) => Line) | null = null;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: Info }>) {
      if (reader) yield reader(record, info.lines);
      else {
        const header = headerOf(record, known);
        if ('fault' in header) return yield { line: info.lines, fault: header.fault };
        reader = header.isOfMinutes ? minuteReader(header, known) : rowReader(header, known);
      }
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    yield { line: Number(cause.lines), fault: cause.message };
  }
}

interface Header {
  readonly columns: readonly string[];
  readonly isLong: boolean;
  readonly isOfMinutes: boolean;
}

const LONG = ['tag', 'value'];
const OF_MINUTES = ['tag', 'minute', 'last', 'goodShare'];
const OF_LONG = ['time', 'received', 'tag', 'value', 'status', 'reason'];

function headerOf(columns: readonly string[], { tags, derived }: Known): Header | { fault: string } {
  if (OF_MINUTES.every((name) => columns.includes(name))) return { columns, isLong: true, isOfMinutes: true };
  if (!columns.includes('time')) return { fault: 'the first line names the columns; one of them is time' };
  const isLong = LONG.every((name) => columns.includes(name));
  const names = isLong ? new Set(OF_LONG) : new Set(['time', 'received', ...tags, ...derived]);
  const unknown = columns.find((name) => !names.has(name));
  if (unknown === undefined) return { columns, isLong, isOfMinutes: false };
  return { fault: `no ${isLong ? 'column' : 'tag'} named "${unknown}"${didYouMean(unknown, names)}` };
}

/** Reads rows one after the other: a row's time may be told by that of the row before it. */
function rowReader(header: Header, known: Known): (cells: readonly string[], line: number) => Line {
  const { columns, isLong } = header;
  let before: { made: Ms; received: Ms } | null = null;
  return (cells, line) => {
    if (cells.length > columns.length) return { line, fault: `has ${cells.length} cells in ${columns.length} columns` };
    const cellOf = (name: string): string => cells[columns.indexOf(name)] ?? '';
    const made = readInstant(cellOf('time'), known.timeZone, before?.made);
    if ('fault' in made) return { line, fault: made.fault };
    const received = receiptOf(cellOf('received'), known.timeZone, made.at, before?.received ?? null);
    if ('fault' in received) return { line, fault: received.fault };
    before = { made: made.at, received: received.at };
    const times = { at: received.at, made: made.at };
    return isLong ? longRow(cellOf, line, times, known) : wideRow(columns, cells, line, times, known);
  };
}

function minuteReader({ columns }: Header, known: Known): (cells: readonly string[], line: number) => Line {
  return (cells, line) => {
    const cellOf = (name: string): string => cells[columns.indexOf(name)] ?? '';
    const last = cellOf('last') === '' ? null : Number(cellOf('last'));
    const [tag, minute, goodShare] = [cellOf('tag'), cellOf('minute'), Number(cellOf('goodShare'))];
    if (Number.isNaN(last) || Number.isNaN(goodShare)) return { line, fault: 'last and goodShare are no numbers' };
    const sample = ofMinute({ tag, minute, last, goodShare }, known.timeZone);
    if (typeof sample === 'string') return { line, fault: sample };
    const at = sample.receivedAt;
    if (known.derived.has(tag)) return { line, at, samples: [] };
    if (!known.tags.has(tag)) return { line, fault: `no tag named "${tag}"${didYouMean(tag, known.tags)}` };
    return { line, at, samples: [sample] };
  };
}

function receiptOf(text: string, timeZone: string, made: Ms, before: Ms | null): Instant {
  return text === '' ? { at: receivedAt(made, before) } : readInstant(text, timeZone, made);
}

interface Times {
  /** When the row was received, and when its samples were made. */
  readonly at: Ms;
  readonly made: Ms;
}

function wideRow(
  columns: readonly string[],
  cells: readonly string[],
  line: number,
  { at, made }: Times,
  known: Known,
): Given {
  const samples = columns.flatMap((tag, index) => {
    const cell = known.tags.has(tag) ? readCell(cells[index] ?? '') : null;
    return cell ? [sampleAt(tag, made, at, cell)] : [];
  });
  return { line, at, samples };
}

function longRow(cellOf: (name: string) => string, line: number, { at, made }: Times, known: Known): Line {
  const [tag, status, reason] = [cellOf('tag'), cellOf('status'), cellOf('reason')];
  if (tag === '') return { line, at, samples: [] };
  if (known.derived.has(tag)) return { line, at, samples: [] };
  if (!known.tags.has(tag)) return { line, fault: `no tag named "${tag}"${didYouMean(tag, known.tags)}` };
  if (!['', 'good', 'uncertain', 'bad'].includes(status))
    return { line, fault: `the status "${status}" is none of good, uncertain, bad` };
  const cell = readCell(cellOf('value')) ?? (status === '' ? null : { value: null, statusCode: 'bad' });
  if (!cell) return { line, at, samples: [] };
  const stated: Cell = {
    ...cell,
    ...(status !== '' && { statusCode: status as StatusCode }),
    ...(reason !== '' && { reason }),
  };
  return { line, at, samples: [sampleAt(tag, made, at, stated)] };
}
