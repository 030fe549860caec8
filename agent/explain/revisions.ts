import type { Amount, Evaluation } from '../../rules/evaluation.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Explanation, Revision } from './contract.ts';
import { numberText, percentText, timeText } from './numbers.ts';
import type { Words } from './words.ts';

export const valueText = ({ value, unit }: Pick<Evaluation, 'value' | 'unit'>, words: Words): string =>
  value === null ? words.noFigure : `${numberText(value)} ${unit}`;

/** What each revision changed against the one before it. */
export function revisionLines({ revisions, timeZone, figure }: Explanation, words: Words): string[] {
  if (revisions.length < 2) return [];
  const lines = revisions.map(({ at, figure: now }, index) => {
    const before = revisions[index - 1]?.figure;
    const changes = before ? changesBetween(before, now, words) : [];
    const said = `${valueText(now, words)}${words.comma}${words.status[now.statusCode]}`;
    const time = timeText(at, timeZone, figure.window.start);
    return `  ${now.revision}  ${time}  ${said}${changes.length > 0 ? words.colon : ''}${changes.join(words.comma)}`;
  });
  return [words.revisions, ...lines];
}

/** The revision before something that came at `at`, and the first since; none where it came before the first figure. */
export function revisionsAround(at: Ms, revisions: readonly Revision[]): [before?: Revision, now?: Revision] {
  const place = revisions.findIndex((revision) => revision.at >= at);
  return place < 1 ? [] : [revisions[place - 1]!, revisions[place]!];
}

/** Which amounts came to be others, of those that are meant. */
export function changesBetween(
  before: Evaluation,
  now: Evaluation,
  words: Words,
  isMeant: (amount: Amount) => boolean = () => true,
): string[] {
  return now.amounts.filter(isMeant).flatMap((amount) => {
    const earlier = before.amounts.find(({ meter, role }) => meter === amount.meter && role === amount.role);
    if (!earlier) return [];
    const { meter, value, unit, coverage } = amount;
    if (earlier.value !== value)
      return [words.became(meter, numberText(earlier.value), `${numberText(value)} ${unit}`)];
    if (earlier.coverage.known === coverage.known) return [];
    return [words.became(meter, percentText(earlier.coverage.known), percentText(coverage.known))];
  });
}
