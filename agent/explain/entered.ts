import type { Amount } from '../../rules/evaluation.ts';
import type { Entered, Explanation } from './contract.ts';
import { timeText } from './numbers.ts';
import type { Pen } from './pen.ts';
import { changesBetween, revisionsAround } from './revisions.ts';
import type { Sheet } from './sheet.ts';

/** What operators entered that a figure rests on, or would if it had been taken. */
export function enteredOf(explanation: Explanation, pen: Pen): Sheet['entered'] {
  const { entered, hasMoreEntered, timeZone, figure } = explanation;
  if (entered.length === 0) return null;
  const rows = entered.map((one) => ({
    at: timeText(one.at, timeZone, figure.window.start),
    who: one.body.by ?? pen.nobody,
    meter: one.body.meter,
    text: sentence(one, explanation, pen),
    effects: one.body.refused === null ? effects(one, explanation, pen) : [pen.refused(one.body.refused)],
  }));
  return { title: pen.entered, rows, more: hasMoreEntered ? pen.more : null };
}

function sentence({ body, unit }: Entered, { timeZone, figure }: Explanation, pen: Pen): string {
  const { type, entered, about } = body;
  const time = (at: number): string => timeText(at, timeZone, figure.window.start);
  const number = (name: string): string => pen.number(entered[name] ?? '');
  const amount = `${number('amount')} ${unit}`;
  switch (type) {
    case 'swap': {
      const scale = entered.scale === undefined ? null : `${number('scale')} ${unit}`;
      return pen.swapped(time(about!.from), number('last'), time(about!.to), number('first'), scale);
    }
    case 'piece':
      return pen.pieceEntered(String(entered.piece), amount, time(about!.from));
    case 'correction':
      return pen.corrected(String(entered.piece), amount);
    case 'inventory':
      return pen.inCells(amount, time(about!.from));
    case 'cells':
      return pen.cellsTold(number('cells'), time(about!.from));
  }
}

/** What the first revision after it made of the amounts that it concerns; nothing where it came before the first figure. */
function effects({ at, body }: Entered, { revisions, terms }: Explanation, pen: Pen): string[] {
  const [before, now] = revisionsAround(at, revisions);
  if (!before || !now) return [];
  const concerned = ({ meter }: Amount): boolean =>
    meter === body.meter ||
    terms.some(({ meter: spec }) => spec.id === meter && spec.kind === 'faraday' && spec.settle?.tapped === body.meter);
  const changes = changesBetween(before.figure, now.figure, pen, concerned);
  return changes.length > 0 ? [pen.inRevision(now.figure.revision, changes.join(pen.comma))] : [];
}
