import type { Window } from '../../rules/interval.ts';
import { HOUR } from '../../rules/meter/contract.ts';
import type { Ms } from '../../rules/sample.ts';
import { amountLines, sumText } from './amounts.ts';
import type { Explanation } from './contract.ts';
import { enteredLines } from './entered.ts';
import { type Language, WORDS } from './language.ts';
import { durationText, numberText, percentText, timeText } from './numbers.ts';
import { revisionLines, valueText } from './revisions.ts';
import type { Words } from './words.ts';

/** A figure's working as a person would write it. */
export function explanationText(explanation: Explanation, language: Language): string {
  const words = WORDS[language];
  const sections = [
    headLines(explanation, words, language),
    ...amountLines(explanation, words),
    resultLines(explanation, words),
    limitLines(explanation, words),
    baselineLines(explanation, words),
    happenedLines(explanation, words),
    enteredLines(explanation, words),
    revisionLines(explanation, words),
    [words.config(shortened(explanation.config), explanation.config === explanation.presentConfig)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const shortened = (fingerprint: string): string => fingerprint.slice(0, 'sha256:'.length + 12);

function headLines(explanation: Explanation, words: Words, language: Language): string[] {
  const { name, figure, timeZone, upTo, productionDay } = explanation;
  const { metric, equipment, window, revision } = figure;
  const title = name ? `${name[language]} (${metric})` : metric;
  const span = words.span(
    timeText(window.start, timeZone),
    timeText(window.end, timeZone),
    timeZone,
    durationText(window.end - window.start),
  );
  const day = productionDay === null ? [] : [words.productionDay(productionDay)];
  const state = upTo === null ? words.revision(revision) : words.running(timeText(upTo, timeZone, window.start));
  return [
    `${title}${words.comma}${equipment}`,
    [`${windowName(window, words)} ${span}`, ...day, state].join(words.comma),
    '',
    ...verdict(explanation, words),
  ];
}

const windowName = ({ kind, product }: Window, words: Words): string =>
  product === undefined ? words.window[kind] : `${words.window[kind]} ${product}`;

function verdict(explanation: Explanation, words: Words): string[] {
  const { figure, minDenominator, minKnown, plausible } = explanation;
  const { value, unit, uncertainty, statusCode, reason, coverage } = figure;
  const [from, to] = plausible ?? [0, Infinity];
  const lines = [`  ${valueText(figure, words)}${words.comma}${words.status[statusCode]}`];
  if (uncertainty !== undefined && value !== null)
    lines.push(
      `  ${words.uncertainty(`${numberText(Number(uncertainty.toPrecision(3)))} ${unit}`, percentText(uncertainty / Math.abs(value)))}`,
    );
  if (reason === null) return lines;
  const product = figure.amounts.find(({ role }) => role === 'denominator')?.unit ?? '';
  const more = {
    minimum: `${numberText(minDenominator ?? 0)} ${product}`,
    known: percentText(coverage.known),
    needed: percentText(minKnown ?? 0.99),
    from: `${numberText(from)} ${unit}`,
    to: to === Infinity ? '∞' : `${numberText(to)} ${unit}`,
  };
  return [...lines, `  ${words.reason(reason, more)}`];
}

/** The division, or what is known where there is none. */
function resultLines({ figure }: Explanation, words: Words): string[] {
  if (!figure.amounts.some(({ role }) => role === 'denominator')) return [];
  const [numerator, denominator] = [sumText(figure, 'numerator'), sumText(figure, 'denominator')];
  if (figure.value === null)
    return [`${words.result} (${words.notDivided})`, `  ${numerator}${words.comma}${denominator}`];
  return [words.result, `  ${numerator} / ${denominator} = ${valueText(figure, words)}`];
}

function limitLines({ figure, limit: configured }: Explanation, words: Words): string[] {
  const { limit, value, unit } = figure;
  if (!limit) return [];
  const { op, bound, indicator, state, stale, indicative, marginal } = limit;
  const source =
    indicator === null
      ? words.ownTarget
      : `${indicator}${configured?.quote ? `${words.colon}${configured.quote}` : ''}`;
  const lines = [`  ${words.bound(op, `${numberText(bound)} ${unit}`)} (${source})`, `  ${words.state[state]}`];
  if (value !== null && !stale) {
    const [distance, isInside] = [Math.abs(value - bound), op === '<=' ? value <= bound : value >= bound];
    const share = bound === 0 ? '–' : percentText(distance / Math.abs(bound));
    lines[1] += words.comma + words.margin(`${numberText(Number(distance.toPrecision(6)))} ${unit}`, share, isInside);
  }
  if (stale) lines.push(`  ${words.stale}`);
  if (marginal) lines.push(`  ${words.marginal}`);
  if (indicative) lines.push(`  ${words.annual}`);
  if (state === 'excursion' && configured && configured.deadband > 0)
    lines.push(`  ${words.deadband(`${numberText(configured.deadband)} ${unit}`)}`);
  return [words.limit, ...lines];
}

function baselineLines({ figure, upTo }: Explanation, words: Words): string[] {
  const { baseline, window } = figure;
  if (!baseline) return [];
  const { unit, base, slope, expected } = baseline;
  const product = figure.amounts.filter(({ role }) => role === 'denominator');
  const hours = `${numberText(((upTo ?? window.end) - window.start) / HOUR)} h`;
  const working =
    expected === null
      ? ''
      : `${numberText(base)} ${unit}/h × ${hours} + ${numberText(slope)} ${unit}/${product[0]!.unit} × ${sumText(figure, 'denominator')} = `;
  const lines = (['expected', 'actual', 'difference', 'cumulative'] as const).flatMap((name) => {
    const value = baseline[name];
    if (name === 'cumulative' && value === null) return [];
    const text = value === null ? words.noFigure : `${numberText(value)} ${unit}`;
    return [`  ${words.compared[name]}${words.colon}${name === 'expected' ? working : ''}${text}`];
  });
  return [words.baseline, ...lines];
}

/** Instants inside a record's words are epoch milliseconds; people read local time. */
const readable = (detail: string, timeZone: string, on: Ms): string =>
  detail.replace(/\b1\d{12}\b/g, (at) => timeText(Number(at), timeZone, on));

function happenedLines({ happened, hasMore, timeZone, figure }: Explanation, words: Words): string[] {
  if (happened.length === 0) return [];
  const { start } = figure.window;
  const lines = happened.map(
    ({ at, meter, event, detail }) =>
      `  ${timeText(at, timeZone, start)}  ${meter}${words.colon}${words.event(event)}${words.colon}${readable(detail, timeZone, start)}`,
  );
  return [words.happened, ...lines, ...(hasMore ? [`  ${words.more}`] : [])];
}
