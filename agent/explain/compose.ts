import type { Verdict } from '../../rules/evaluation.ts';
import type { Window } from '../../rules/interval.ts';
import { HOUR } from '../../rules/meter/contract.ts';
import type { Ms } from '../../rules/sample.ts';
import { partsOf, sumText } from './amounts.ts';
import type { Explanation } from './contract.ts';
import { enteredOf } from './entered.ts';
import { durationText, timeText } from './numbers.ts';
import type { Pen } from './pen.ts';
import { revisionsOf, valueText } from './revisions.ts';
import type { Sheet } from './sheet.ts';

/** A figure's working, written with a language's pen. */
export function sheetOf(explanation: Explanation, pen: Pen): Sheet {
  return {
    ...headOf(explanation, pen),
    parts: partsOf(explanation, pen),
    result: resultOf(explanation, pen),
    limit: limitOf(explanation, pen),
    baseline: baselineOf(explanation, pen),
    happened: happenedOf(explanation, pen),
    entered: enteredOf(explanation, pen),
    revisions: revisionsOf(explanation, pen),
    config: pen.config(shortened(explanation.config), explanation.config === explanation.presentConfig),
  };
}

const shortened = (fingerprint: string): string => fingerprint.slice(0, 'sha256:'.length + 12);

type Head = Pick<
  Sheet,
  'title' | 'equipment' | 'window' | 'value' | 'statusCode' | 'status' | 'uncertainty' | 'reason'
>;

function headOf(explanation: Explanation, pen: Pen): Head {
  const { name, figure, timeZone, upTo, productionDay } = explanation;
  const { metric, equipment, window, revision, statusCode } = figure;
  const span = pen.span(
    timeText(window.start, timeZone),
    timeText(window.end, timeZone),
    timeZone,
    durationText(window.end - window.start),
  );
  const day = productionDay === null ? [] : [pen.productionDay(productionDay)];
  const state = upTo === null ? pen.revision(revision) : pen.running(timeText(upTo, timeZone, window.start));
  return {
    title: name ? `${name[pen.language]} (${metric})` : metric,
    equipment,
    window: [`${windowName(window, pen)} ${span}`, ...day, state].join(pen.comma),
    ...{ value: valueText(figure, pen), statusCode, status: pen.status[statusCode] },
    ...{ uncertainty: uncertaintyOf(explanation, pen), reason: reasonOf(explanation, pen) },
  };
}

const windowName = ({ kind, product }: Window, pen: Pen): string =>
  product === undefined ? pen.window[kind] : `${pen.window[kind]} ${product}`;

function uncertaintyOf({ figure: { value, unit, uncertainty } }: Explanation, pen: Pen): string | null {
  if (uncertainty === undefined || value === null) return null;
  const width = `${pen.number(Number(uncertainty.toPrecision(3)))} ${unit}`;
  return pen.uncertainty(width, pen.share(uncertainty / Math.abs(value)));
}

function reasonOf({ figure, minDenominator, minKnown, plausible }: Explanation, pen: Pen): string | null {
  const { unit, reason, coverage } = figure;
  if (reason === null) return null;
  const [from, to] = plausible ?? [0, Infinity];
  const product = figure.amounts.find(({ role }) => role === 'denominator')?.unit ?? '';
  return pen.reason(reason, {
    minimum: `${pen.number(minDenominator ?? 0)} ${product}`,
    known: pen.share(coverage.known),
    needed: pen.share(minKnown ?? 0.99),
    from: `${pen.number(from)} ${unit}`,
    to: to === Infinity ? '∞' : `${pen.number(to)} ${unit}`,
  });
}

/** The division, or what is known where there is none. */
function resultOf({ figure }: Explanation, pen: Pen): Sheet['result'] {
  if (!figure.amounts.some(({ role }) => role === 'denominator')) return null;
  const [numerator, denominator] = [sumText(figure, 'numerator', pen), sumText(figure, 'denominator', pen)];
  if (figure.value === null)
    return { title: `${pen.result} (${pen.notDivided})`, text: `${numerator}${pen.comma}${denominator}` };
  return { title: pen.result, text: `${numerator} / ${denominator} = ${valueText(figure, pen)}` };
}

function limitOf({ figure, limit: configured }: Explanation, pen: Pen): Sheet['limit'] {
  const { limit, value, unit } = figure;
  if (!limit) return null;
  const { op, bound, indicator, state, stale, indicative, marginal } = limit;
  const quote = configured?.quote ? `${pen.colon}${configured.quote}` : '';
  const notes = [
    stale && pen.stale,
    marginal && pen.marginal,
    indicative && pen.annual,
    state === 'excursion' && configured && configured.deadband > 0
      ? pen.deadband(`${pen.number(configured.deadband)} ${unit}`)
      : false,
  ];
  return {
    ...{ title: pen.limit, bound: pen.bound(op, `${pen.number(bound)} ${unit}`), state },
    source: indicator === null ? pen.ownTarget : `${indicator}${quote}`,
    judgement: [pen.state[state], ...(value === null || stale ? [] : [marginOf(limit, value, unit, pen)])].join(
      pen.comma,
    ),
    notes: notes.filter((note) => typeof note === 'string'),
  };
}

function marginOf({ op, bound }: Verdict, value: number, unit: string, pen: Pen): string {
  const [distance, isInside] = [Math.abs(value - bound), op === '<=' ? value <= bound : value >= bound];
  const share = bound === 0 ? '–' : pen.share(distance / Math.abs(bound));
  return pen.margin(`${pen.number(Number(distance.toPrecision(6)))} ${unit}`, share, isInside);
}

function baselineOf({ figure, upTo }: Explanation, pen: Pen): Sheet['baseline'] {
  const { baseline, window } = figure;
  if (!baseline) return null;
  const { unit, base, slope, expected } = baseline;
  const product = figure.amounts.filter(({ role }) => role === 'denominator');
  const hours = `${pen.number(((upTo ?? window.end) - window.start) / HOUR)} h`;
  const working =
    expected === null
      ? ''
      : `${pen.number(base)} ${unit}/h × ${hours} + ${pen.number(slope)} ${unit}/${product[0]!.unit} × ${sumText(figure, 'denominator', pen)} = `;
  const rows = (['expected', 'actual', 'difference', 'cumulative'] as const).flatMap((name) => {
    const value = baseline[name];
    if (name === 'cumulative' && value === null) return [];
    const text = value === null ? pen.noFigure : `${pen.number(value)} ${unit}`;
    return [{ name: pen.compared[name], text: `${name === 'expected' ? working : ''}${text}` }];
  });
  return { title: pen.baseline, rows, more: null };
}

/** Instants inside a record's pen are epoch milliseconds; people read local time. */
const readable = (detail: string, timeZone: string, on: Ms): string =>
  detail.replace(/\b1\d{12}\b/g, (at) => timeText(Number(at), timeZone, on));

function happenedOf({ happened, hasMore, timeZone, figure }: Explanation, pen: Pen): Sheet['happened'] {
  if (happened.length === 0) return null;
  const { start } = figure.window;
  const rows = happened.map(({ at, meter, event, detail }) => ({
    at: timeText(at, timeZone, start),
    meter,
    event: pen.event(event),
    detail: readable(pen.sentence(detail), timeZone, start),
  }));
  return { title: pen.happened, rows, more: hasMore ? pen.more : null };
}
