import type { Amount, Evaluation } from '../../rules/evaluation.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Explanation, Revision } from './contract.ts';
import { timeText } from './numbers.ts';
import type { Pen } from './pen.ts';
import type { Sheet } from './sheet.ts';

export const valueText = ({ value, unit }: Pick<Evaluation, 'value' | 'unit'>, pen: Pen): string =>
  value === null ? pen.noFigure : `${pen.number(value)} ${unit}`;

/** What each revision changed against the one before it. */
export function revisionsOf({ revisions, timeZone, figure }: Explanation, pen: Pen): Sheet['revisions'] {
  if (revisions.length < 2) return null;
  const rows = revisions.map(({ at, figure: now }, index) => {
    const before = revisions[index - 1]?.figure;
    return {
      revision: now.revision,
      at: timeText(at, timeZone, figure.window.start),
      value: valueText(now, pen),
      status: pen.status[now.statusCode],
      changes: before ? changesBetween(before, now, pen) : [],
    };
  });
  return { title: pen.revisions, rows, more: null };
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
  pen: Pen,
  isMeant: (amount: Amount) => boolean = () => true,
): string[] {
  return now.amounts.filter(isMeant).flatMap((amount) => {
    const earlier = before.amounts.find(({ meter, role }) => meter === amount.meter && role === amount.role);
    if (!earlier) return [];
    const { meter, value, unit, coverage } = amount;
    if (earlier.value !== value) return [pen.became(meter, pen.number(earlier.value), `${pen.number(value)} ${unit}`)];
    if (earlier.coverage.known === coverage.known) return [];
    return [pen.became(meter, pen.share(earlier.coverage.known), pen.share(coverage.known))];
  });
}
