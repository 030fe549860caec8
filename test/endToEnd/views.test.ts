import { describe, test } from 'vitest';
import { LivelyPage } from '../support/livelyPage.ts';
import { CASES } from '../support/visitor.ts';
import * as acts from './views/acts.ts';
import * as looks from './views/looks.ts';

/** Every view and every action of the page, at every size and in both languages; what is shown is what the API says. */

const lively = new LivelyPage();

describe.for(CASES)('on a $size, in $language', (how) => {
  const visitor = lively.visitor(how);

  test.for([
    ['the overview: each line’s figure, other figures, amounts and signals', looks.overview],
    ['a line: its figures by any window, its consumers, its signals', looks.line],
    ['a line: coil by coil', looks.pieces],
    ['a chart is zoomed, moved, drawn over, compared and saved', acts.chart],
    ['a figure’s working, read and printed', acts.explain],
    ['an alarm is acknowledged, shelved with a reason, and brought back', acts.alarms],
    ['a weight is entered and corrected; what cannot be is refused with the reason', acts.weights],
    ['metal in the cells, and a meter that was exchanged', acts.otherEntries],
    ['the report of a shift and of a day, for each line', looks.report],
    ['signals: all, by a word, those in trouble', looks.signals],
    ['the system: itself, its readers, platforms and certificates', looks.system],
    ['the wall screen, which needs nobody', looks.wall],
    ['the other language, and back', acts.language],
  ] as const)('%s', async ([, see]) => {
    await see(visitor());
    await visitor().expectCalm();
  });
});
