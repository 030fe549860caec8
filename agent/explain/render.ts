import { sheetOf } from './compose.ts';
import type { Explanation } from './contract.ts';
import type { Language } from './language.ts';
import { type Pen, PLAIN } from './pen.ts';
import type { Sheet, Told } from './sheet.ts';

/** A figure's working as a person would write it. */
export function explanationText(explanation: Explanation, language: Language): string {
  const pen = PLAIN[language];
  const sheet = sheetOf(explanation, pen);
  const sections = [
    headLines(sheet, pen),
    ...sheet.parts.map(({ title, amounts }) => [title, ...amounts.flatMap((amount) => amountLines(amount, pen))]),
    sheet.result ? [sheet.result.title, `  ${sheet.result.text}`] : [],
    limitLines(sheet),
    tableLines(sheet.baseline, ({ name, text }) => [`${name}${pen.colon}${text}`]),
    tableLines(sheet.happened, ({ at, meter, event, detail }) => [`${at}  ${[meter, event, detail].join(pen.colon)}`]),
    tableLines(sheet.entered, ({ at, who, meter, text, effects }) => [
      `${at}  ${who}${pen.comma}${meter}${pen.colon}${text}`,
      ...effects.map((effect) => `  ${effect}`),
    ]),
    tableLines(sheet.revisions, ({ revision, at, value, status, changes }) => [
      `${revision}  ${at}  ${value}${pen.comma}${status}${changes.length > 0 ? pen.colon : ''}${changes.join(pen.comma)}`,
    ]),
    [sheet.config],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headLines({ title, equipment, window, value, status, uncertainty, reason }: Sheet, pen: Pen): string[] {
  const more = [uncertainty, reason].filter((line) => line !== null);
  return [`${title}${pen.comma}${equipment}`, window, '', ...indented([`${value}${pen.comma}${status}`, ...more])];
}

function amountLines({ meter, quantity, kind, value, status, lines, coefficient }: Told, pen: Pen): string[] {
  const known = value === null ? pen.nothingKnown : `${value}${pen.comma}${status}`;
  const below = lines.map(({ label, text }) => (label === null ? text : `${label}${pen.colon}${text}`));
  if (coefficient) below.push(pen.coefficient(coefficient.factor, coefficient.origin, coefficient.result));
  const what = kind === null ? '' : ` (${[quantity, kind].join(pen.comma)})`;
  return indented([`${meter}${what}${pen.colon}${known}`, ...indented(below)]);
}

const limitLines = ({ limit }: Sheet): string[] =>
  limit ? [limit.title, ...indented([`${limit.bound} (${limit.source})`, limit.judgement, ...limit.notes])] : [];

function tableLines<Row>(
  table: { readonly title: string; readonly rows: readonly Row[]; readonly more: string | null } | null,
  write: (row: Row) => string[],
): string[] {
  if (!table) return [];
  const { title, rows, more } = table;
  return [title, ...indented(rows.flatMap(write)), ...indented(more === null ? [] : [more])];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
