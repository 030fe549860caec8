import type { Amount } from '../../rules/evaluation.ts';
import type { Entered, Explanation } from './contract.ts';
import { numberText, timeText } from './numbers.ts';
import { changesBetween, revisionsAround } from './revisions.ts';
import type { Words } from './words.ts';

/** What operators entered that a figure rests on, or would if it had been taken. */
export function enteredLines(explanation: Explanation, words: Words): string[] {
  const { entered, hasMoreEntered, timeZone, figure } = explanation;
  if (entered.length === 0) return [];
  const lines = entered.flatMap((one) => {
    const { by, meter, refused } = one.body;
    const who = [by ?? words.nobody, meter].join(words.comma);
    return [
      `  ${timeText(one.at, timeZone, figure.window.start)}  ${who}${words.colon}${sentence(one, explanation, words)}`,
      ...(refused === null ? effectLines(one, explanation, words) : [words.refused(refused)]).map(
        (line) => `    ${line}`,
      ),
    ];
  });
  return [words.entered, ...lines, ...(hasMoreEntered ? [`  ${words.more}`] : [])];
}

function sentence({ body, unit }: Entered, { timeZone, figure }: Explanation, words: Words): string {
  const { type, entered, about } = body;
  const time = (at: number): string => timeText(at, timeZone, figure.window.start);
  const number = (name: string): string => numberText(entered[name] ?? '');
  const amount = `${number('amount')} ${unit}`;
  switch (type) {
    case 'swap': {
      const scale = entered.scale === undefined ? null : `${number('scale')} ${unit}`;
      return words.swapped(time(about!.from), number('last'), time(about!.to), number('first'), scale);
    }
    case 'piece':
      return words.pieceEntered(String(entered.piece), amount, time(about!.from));
    case 'correction':
      return words.corrected(String(entered.piece), amount);
    case 'inventory':
      return words.inCells(amount, time(about!.from));
  }
}

/** What the first revision after it made of the amounts that it concerns; nothing where it came before the first figure. */
function effectLines({ at, body }: Entered, { revisions, terms }: Explanation, words: Words): string[] {
  const [before, now] = revisionsAround(at, revisions);
  if (!before || !now) return [];
  const concerned = ({ meter }: Amount): boolean =>
    meter === body.meter ||
    terms.some(({ meter: spec }) => spec.id === meter && spec.kind === 'faraday' && spec.settle?.tapped === body.meter);
  const changes = changesBetween(before.figure, now.figure, words, concerned);
  return changes.length > 0 ? [words.inRevision(now.figure.revision, changes.join(words.comma))] : [];
}
