import type { Amount, Border, Evaluation, Mark, Role, Working } from '../../rules/evaluation.ts';
import { HOUR } from '../../rules/meter/contract.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Explanation, Term } from './contract.ts';
import { durationText, timeText } from './numbers.ts';
import type { Pen } from './pen.ts';
import type { Line, Part, Told } from './sheet.ts';

/** How each amount of a figure came about. */

const ROLES = ['numerator', 'denominator'] as const;

/** One part for the numerator, one for the denominator. */
export function partsOf(explanation: Explanation, pen: Pen): Part[] {
  const { figure } = explanation;
  const isRatio = figure.amounts.some(({ role }) => role === 'denominator');
  return ROLES.flatMap((role) => {
    const amounts = figure.amounts.filter((amount) => amount.role === role);
    if (amounts.length === 0) return [];
    const told = amounts.map((amount) => toldOf(amount, termOf(explanation, amount), explanation, pen));
    return [{ title: isRatio ? pen[role] : pen.amount, amounts: told }];
  });
}

/** What is configured of an amount's meter; undefined where it no longer is. */
const termOf = ({ terms }: Explanation, { meter, role }: Amount): Term | undefined =>
  terms.find((term) => term.meter.id === meter && term.role === role);

/** Σ kᵢ·amountᵢ, written out: `6 452.25 + 2 314.8 = 8 767.05 kgce`. */
export function sumText({ amounts, unit }: Evaluation, role: Role, pen: Pen): string {
  const own = amounts.filter((amount) => amount.role === role);
  const parts = own.map(({ coefficient, value }) => coefficient * value);
  const total = parts.reduce((sum, part) => sum + part, 0);
  const of = own.every(({ coefficient }) => coefficient === 1) ? own[0]!.unit : unitOf(unit, role);
  const isWhole = own.every(isKnown);
  const written = parts.map((part, index) => {
    const text = isKnown(own[index]!) ? pen.number(Math.abs(part)) : '?';
    return `${signOf(part, index)}${text}`;
  });
  if (parts.length === 1) return `${written[0]} ${of}`;
  return `(${written.join('')}${isWhole ? ` = ${pen.number(total)}` : ''}) ${of}`;
}

/** Pieces have weight at instants: some may be known where no stretch is. */
const isKnown = ({ coverage, value }: Amount): boolean => coverage.known > 0 || value !== 0;

const signOf = (part: number, index: number): string =>
  index === 0 ? (part < 0 ? '−' : '') : part < 0 ? ' − ' : ' + ';

/** The numerator of kgce/t is in kgce. */
const unitOf = (unit: string, role: Role): string => unit.split('/')[role === 'numerator' ? 0 : 1] ?? unit;

function toldOf(amount: Amount, term: Term | undefined, explanation: Explanation, pen: Pen): Told {
  const { meter, value, unit, statusCode, flags, working, class: accuracy } = amount;
  const line = (what: Line['what'], text: string): Line => ({ what, label: null, text });
  return {
    meter,
    ...{ quantity: term?.meter.quantity ?? null, kind: term ? pen.kind[term.meter.kind] : null },
    value: isKnown(amount) ? `${pen.number(value)} ${unit}` : null,
    ...{ statusCode, status: pen.status[statusCode] },
    lines: [
      line('coverage', coverageText(amount, explanation, pen)),
      ...doubtTexts(amount, explanation, pen).map((text) => line('doubt', text)),
      ...(working ? workingLines(amount, working, read(term, pen), explanation, pen) : []),
      ...flags.map((flag) =>
        line('flag', flag === 'replacement' && isDeclared(amount) ? pen.exchanged : pen.flag[flag]),
      ),
      ...(accuracy === undefined ? [] : [line('class', pen.meterClass(`${pen.number(accuracy)} %`))]),
    ],
    coefficient: amount.coefficient === 1 ? null : coefficientOf(amount, term, explanation.figure, pen),
  };
}

/** The shares of the window, and how long they are. */
function coverageText({ coverage, working }: Amount, { figure, upTo }: Explanation, pen: Pen): string {
  const { known, measured } = coverage;
  if (measured > 1 - 1e-9) return pen.allMeasured;
  const length = (upTo ?? figure.window.end) - figure.window.start;
  const part = (share: number, time: Ms): string | null =>
    share < 1e-9 ? null : `${pen.share(share)} (${durationText(time)})`;
  return pen.coverage(
    pen.share(measured),
    part(known - measured, working?.estimated ?? (known - measured) * length),
    part(1 - known, working?.unknown ?? (1 - known) * length),
  );
}

function coefficientOf(
  amount: Amount,
  term: Term | undefined,
  { unit: of }: Evaluation,
  pen: Pen,
): NonNullable<Told['coefficient']> {
  const { value, coefficient, role, unit } = amount;
  return {
    factor: `${pen.number(coefficient)} ${term?.coefficientUnit?.replace(/^1$/, '') ?? ''}`.trim(),
    origin: originText(amount, term, pen),
    result: `${pen.number(coefficient * value)} ${unitOf(of, role) === '%' ? unit : unitOf(of, role)}`,
  };
}

/** The row with which the figure was made; what more is known of it, where the present configuration still names it. */
function originText({ basis }: Amount, term: Term | undefined, pen: Pen): string | null {
  if (!basis) return null;
  const { table, name, edition, boundary, year } = basis;
  const row = term?.basis;
  const isSame = row?.table === table && row.name === name && row.edition === edition;
  return [
    ...[`${table}/${name}`, edition],
    ...(isSame ? [row.lowerHeatingValue ?? `${pen.number(row.value)} ${row.unit}`, row.source] : []),
    ...(boundary === undefined ? [] : [boundary]),
    ...(year === undefined ? [] : [pen.factorOf(year)]),
  ].join(pen.comma);
}

/** The meter was exchanged, as an operator said: what was counted is of two scales. */
const isDeclared = ({ flags }: Amount): boolean => flags.includes('manual') && flags.includes('replacement');

/** How the readings of a tag are written. */
interface Read {
  /** A reading as it stands in a working, which may be in counts. */
  value(raw: number | string): string;
  rate(raw: number): string;
}

function read(term: Term | undefined, pen: Pen): Read {
  const { tagUnit, tagScale } = term ?? { tagUnit: null, tagScale: 1 };
  const value = (raw: number | string): string =>
    pen.number(typeof raw === 'number' ? Number((raw * tagScale).toPrecision(15)) : raw);
  return { value, rate: (raw) => `${value(raw)} ${tagUnit ?? ''}`.trim() };
}

/** How much of it rests on uncertain readings. */
function doubtTexts({ working }: Amount, { figure, upTo }: Explanation, pen: Pen): string[] {
  if (!working) return [];
  const { uncertain = 0 } = working;
  const pieces = (working.kind === 'event' && working.uncertainPieces) || 0;
  // What is in doubt twice counts twice.
  const isAll = uncertain >= (upTo ?? figure.window.end) - figure.window.start;
  return [
    ...(uncertain > 0 ? [pen.doubtful(isAll ? null : durationText(uncertain))] : []),
    ...(pieces > 0 ? [pen.doubtfulPieces(pieces)] : []),
  ];
}

function workingLines(amount: Amount, working: Working, tag: Read, explanation: Explanation, pen: Pen): Line[] {
  const glitches = working.kind === 'counter' ? working.glitches : 0;
  const line = (what: Line['what'], texts: readonly string[]): Line[] =>
    texts.map((text) => ({ what, label: null, text }));
  const readings = line('readings', [pen.readings(working.readings, working.bad, glitches)]);
  switch (working.kind) {
    case 'counter':
      return [
        // A totaliser's readings are told as its register shows them.
        ...borderLines(working, { value: pen.number, rate: pen.number }, explanation, pen),
        ...line('count', isDeclared(amount) ? [] : countLine(amount, working, pen)),
        ...readings,
      ];
    case 'gauge':
      return [
        ...borderLines(working, tag, explanation, pen),
        ...line('rate', rateLine(working, tag, pen)),
        ...readings,
      ];
    case 'event':
      return line('pieces', [pen.pieces(working.pieces)]);
    case 'product':
    case 'idle':
      return readings;
    case 'faraday':
      return [...line('metal', metalLine(amount, working, tag, explanation, pen)), ...readings];
  }
}

/** Current × cells × hours × the electrochemical equivalent, in which the current's unit is taken for what it is. */
function metalLine(
  amount: Amount,
  { current, cells, efficiency, constant: used, basis }: Extract<Working, { kind: 'faraday' }>,
  tag: Read,
  explanation: Explanation,
  pen: Pen,
): string[] {
  const spec = termOf(explanation, amount)?.meter;
  const { figure, upTo } = explanation;
  const { unit, coverage } = amount;
  if (current === null || cells === null || efficiency === null || spec?.kind !== 'faraday') return [];
  const constant = used ?? spec.constant;
  const time = coverage.known * ((upTo ?? figure.window.end) - figure.window.start);
  const theoretical = ((current * spec.scale * cells * time) / HOUR) * (constant / 1e6);
  const text = pen.faraday({
    current: tag.rate(current),
    cells: pen.number(cells),
    time: `${pen.number(time / HOUR)} h`,
    constant: `${pen.number(constant)} g/(A·h)`,
    theoretical: `${pen.number(theoretical)} ${unit}`,
    efficiency: pen.share(efficiency),
    basis,
  });
  return [text];
}

function borderLines(
  working: Extract<Working, { readonly start: Border }>,
  tag: Read,
  explanation: Explanation,
  pen: Pen,
): Line[] {
  const { figure, upTo, timeZone } = explanation;
  const sides = upTo === null ? (['start', 'end'] as const) : (['start'] as const);
  return sides.map((side) => {
    const at = figure.window[side];
    const time = timeText(at, timeZone, figure.window.start);
    const label = `${pen.border[side]} ${time}`;
    return { what: side, label, text: borderText(working, working[side], at, tag, explanation, pen) };
  });
}

/** What was read at the border, or the readings around it and what lies between them. */
function borderText(
  { kind }: Working,
  { before, after }: Border,
  at: Ms,
  tag: Read,
  { figure, timeZone }: Explanation,
  pen: Pen,
): string {
  if (before?.at === at) return pen.read(tag.value(before.value));
  if (!before || !after) return pen.notReached;
  const markText = (mark: Mark): string =>
    pen.reading(timeText(mark.at, timeZone, figure.window.start), tag.value(mark.value));
  const [a, b] = [Number(before.value), Number(after.value)];
  const hasGoneOn = kind === 'gauge' || b >= a;
  const value = hasGoneOn ? tag.value(a + ((b - a) * (at - before.at)) / (after.at - before.at)) : null;
  return pen.between(value, markText(before), markText(after));
}

function countLine({ value, unit }: Amount, { scale }: { readonly scale: number }, pen: Pen): string[] {
  if (scale === 1) return [];
  return [pen.count(pen.number(value / scale), `${pen.number(scale)} ${unit}`, `${pen.number(value)} ${unit}`)];
}

function rateLine(working: Extract<Working, { kind: 'gauge' }>, tag: Read, pen: Pen): string[] {
  const { mean, least, most } = working;
  if (mean === null || least === null || most === null) return [];
  return [pen.rate(tag.rate(mean), tag.value(least), tag.value(most))];
}
