import type { Amount, Border, Evaluation, Mark, Role, Working } from '../../rules/evaluation.ts';
import { HOUR } from '../../rules/meter/contract.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Explanation, Term } from './contract.ts';
import { durationText, numberText, percentText, timeText } from './numbers.ts';
import type { Words } from './words.ts';

/** How each amount of a figure came about. */

const ROLES = ['numerator', 'denominator'] as const;

/** One section for the numerator, one for the denominator. */
export function amountLines(explanation: Explanation, words: Words): string[][] {
  const { figure } = explanation;
  const isRatio = figure.amounts.some(({ role }) => role === 'denominator');
  return ROLES.map((role) => {
    const lines = figure.amounts.flatMap((amount) =>
      amount.role === role ? termLines(amount, termOf(explanation, amount), explanation, words) : [],
    );
    return lines.length > 0 ? [isRatio ? words[role] : words.amount, ...lines] : [];
  });
}

/** What is configured of an amount's meter; undefined where it no longer is. */
const termOf = ({ terms }: Explanation, { meter, role }: Amount): Term | undefined =>
  terms.find((term) => term.meter.id === meter && term.role === role);

/** Σ kᵢ·amountᵢ, written out: `6 452.25 + 2 314.8 = 8 767.05 kgce`. */
export function sumText({ amounts, unit }: Evaluation, role: Role): string {
  const own = amounts.filter((amount) => amount.role === role);
  const parts = own.map(({ coefficient, value }) => coefficient * value);
  const total = parts.reduce((sum, part) => sum + part, 0);
  const of = own.every(({ coefficient }) => coefficient === 1) ? own[0]!.unit : unitOf(unit, role);
  const isWhole = own.every(isKnown);
  const written = parts.map((part, index) => {
    const text = isKnown(own[index]!) ? numberText(Math.abs(part)) : '?';
    return `${signOf(part, index)}${text}`;
  });
  if (parts.length === 1) return `${written[0]} ${of}`;
  return `(${written.join('')}${isWhole ? ` = ${numberText(total)}` : ''}) ${of}`;
}

/** Pieces have weight at instants: some may be known where no stretch is. */
const isKnown = ({ coverage, value }: Amount): boolean => coverage.known > 0 || value !== 0;

const signOf = (part: number, index: number): string =>
  index === 0 ? (part < 0 ? '−' : '') : part < 0 ? ' − ' : ' + ';

/** The numerator of kgce/t is in kgce. */
const unitOf = (unit: string, role: Role): string => unit.split('/')[role === 'numerator' ? 0 : 1] ?? unit;

function termLines(amount: Amount, term: Term | undefined, explanation: Explanation, words: Words): string[] {
  const { meter, value, unit, statusCode, flags, coefficient, class: accuracy } = amount;
  const what = term ? ` (${term.meter.quantity}${words.comma}${words.kind[term.meter.kind]})` : '';
  const lines = [
    `${meter}${what}${words.colon}${isKnown(amount) ? `${numberText(value)} ${unit}${words.comma}${words.status[statusCode]}` : words.nothingKnown}`,
    `  ${coverageText(amount, explanation, words)}`,
    ...(amount.working
      ? workingLines(amount, amount.working, read(term), explanation, words).map((line) => `  ${line}`)
      : []),
    ...flags.map((flag) => `  ${flag === 'replacement' && isDeclared(amount) ? words.exchanged : words.flag[flag]}`),
    ...(accuracy === undefined ? [] : [`  ${words.meterClass(`${numberText(accuracy)} %`)}`]),
    ...(coefficient === 1 ? [] : [`  ${coefficientText(amount, term, explanation.figure, words)}`]),
  ];
  return lines.map((line) => `  ${line}`);
}

/** The shares of the window, and how long they are. */
function coverageText({ coverage, working }: Amount, { figure, upTo }: Explanation, words: Words): string {
  const { known, measured } = coverage;
  if (measured > 1 - 1e-9) return words.allMeasured;
  const length = (upTo ?? figure.window.end) - figure.window.start;
  const part = (share: number, time: Ms): string | null =>
    share < 1e-9 ? null : `${percentText(share)} (${durationText(time)})`;
  return words.coverage(
    percentText(measured),
    part(known - measured, working?.estimated ?? (known - measured) * length),
    part(1 - known, working?.unknown ?? (1 - known) * length),
  );
}

function coefficientText(amount: Amount, term: Term | undefined, { unit: of }: Evaluation, words: Words): string {
  const { value, coefficient, role, unit } = amount;
  const number = `${numberText(coefficient)} ${term?.coefficientUnit?.replace(/^1$/, '') ?? ''}`.trim();
  const result = `${numberText(coefficient * value)} ${unitOf(of, role) === '%' ? unit : unitOf(of, role)}`;
  return words.coefficient(number, originText(amount, term, words), result);
}

/** The row with which the figure was made; what more is known of it, where the present configuration still names it. */
function originText({ basis }: Amount, term: Term | undefined, words: Words): string | null {
  if (!basis) return null;
  const { table, name, edition } = basis;
  const own = [`${table}/${name}`, edition];
  const row = term?.basis;
  if (row?.table !== table || row.name !== name || row.edition !== edition) return own.join(words.comma);
  const more = [row.lowerHeatingValue ?? `${numberText(row.value)} ${row.unit}`, row.source];
  return [...own, ...more, ...(row.boundary === undefined ? [] : [row.boundary])].join(words.comma);
}

/** The meter was exchanged, as an operator said: what was counted is of two scales. */
const isDeclared = ({ flags }: Amount): boolean => flags.includes('manual') && flags.includes('replacement');

/** How the readings of a tag are written. */
interface Read {
  /** A reading as it stands in a working, which may be in counts. */
  value(raw: number | string): string;
  rate(raw: number): string;
}

/** A totaliser's readings are told as its register shows them. */
const COUNTS: Read = { value: numberText, rate: numberText };

function read(term: Term | undefined): Read {
  const { tagUnit, tagScale } = term ?? { tagUnit: null, tagScale: 1 };
  const value = (raw: number | string): string =>
    numberText(typeof raw === 'number' ? Number((raw * tagScale).toPrecision(15)) : raw);
  return { value, rate: (raw) => `${value(raw)} ${tagUnit ?? ''}`.trim() };
}

function workingLines(amount: Amount, working: Working, tag: Read, explanation: Explanation, words: Words): string[] {
  const glitches = working.kind === 'counter' ? working.glitches : 0;
  const readings = words.readings(working.readings, working.bad, glitches);
  switch (working.kind) {
    case 'counter':
      return [
        ...borderLines(working, COUNTS, explanation, words),
        ...(isDeclared(amount) ? [] : countLine(amount, working, words)),
        readings,
      ];
    case 'gauge':
      return [...borderLines(working, tag, explanation, words), ...rateLine(working, tag, words), readings];
    case 'event':
      return [words.pieces(working.pieces)];
    case 'product':
    case 'idle':
      return [readings];
    case 'faraday':
      return [...metalLine(amount, working, tag, explanation, words), readings];
  }
}

/** Current × cells × hours × the electrochemical equivalent, in which the current's unit is taken for what it is. */
function metalLine(
  amount: Amount,
  { current, cells, efficiency, basis }: Extract<Working, { kind: 'faraday' }>,
  tag: Read,
  explanation: Explanation,
  words: Words,
): string[] {
  const spec = termOf(explanation, amount)?.meter;
  const { figure, upTo } = explanation;
  const { unit, coverage } = amount;
  if (current === null || cells === null || efficiency === null || spec?.kind !== 'faraday') return [];
  const time = coverage.known * ((upTo ?? figure.window.end) - figure.window.start);
  const theoretical = ((current * spec.scale * cells * time) / HOUR) * (spec.constant / 1e6);
  const line = words.faraday({
    current: tag.rate(current),
    cells: numberText(cells),
    time: `${numberText(time / HOUR)} h`,
    constant: `${numberText(spec.constant)} g/(A·h)`,
    theoretical: `${numberText(theoretical)} ${unit}`,
    efficiency: percentText(efficiency),
    basis,
  });
  return [line];
}

function borderLines(
  working: Extract<Working, { readonly start: Border }>,
  tag: Read,
  explanation: Explanation,
  words: Words,
): string[] {
  const { figure, upTo, timeZone } = explanation;
  const sides = upTo === null ? (['start', 'end'] as const) : (['start'] as const);
  return sides.map((side) => {
    const at = figure.window[side];
    const time = timeText(at, timeZone, figure.window.start);
    return `${words.border[side]} ${time}${words.colon}${borderText(working, working[side], at, tag, explanation, words)}`;
  });
}

/** What was read at the border, or the readings around it and what lies between them. */
function borderText(
  { kind }: Working,
  { before, after }: Border,
  at: Ms,
  tag: Read,
  { figure, timeZone }: Explanation,
  words: Words,
): string {
  if (before?.at === at) return words.read(tag.value(before.value));
  if (!before || !after) return words.notReached;
  const markText = (mark: Mark): string =>
    words.reading(timeText(mark.at, timeZone, figure.window.start), tag.value(mark.value));
  const [a, b] = [Number(before.value), Number(after.value)];
  const hasGoneOn = kind === 'gauge' || b >= a;
  const value = hasGoneOn ? tag.value(a + ((b - a) * (at - before.at)) / (after.at - before.at)) : null;
  return words.between(value, markText(before), markText(after));
}

function countLine({ value, unit }: Amount, { scale }: { readonly scale: number }, words: Words): string[] {
  if (scale === 1) return [];
  return [words.count(numberText(value / scale), `${numberText(scale)} ${unit}`, `${numberText(value)} ${unit}`)];
}

function rateLine(working: Extract<Working, { kind: 'gauge' }>, tag: Read, words: Words): string[] {
  const { mean, least, most } = working;
  if (mean === null || least === null || most === null) return [];
  return [words.rate(tag.rate(mean), tag.value(least), tag.value(most))];
}
