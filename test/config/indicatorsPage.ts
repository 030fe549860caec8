import type { IndicatorTable } from '../../config/library.ts';
import { markdownTable } from '../../config/markdown.ts';
import type { MetricConfig, PlantConfig, TermConfig } from '../../config/plant.ts';
import { CASES } from './indicatorCases.ts';

const INTRODUCTION = `# The plan's indicators

Each row of [guangxi-2025](../config/indicators/guangxi-2025.yaml) with an example plant whose metric is judged by it, and
what the metric divides. [The test](../test/config/indicators.test.ts) computes every figure here from a made-up day's
samples, compares it with [the same worked out by hand](../test/config/indicatorCases.ts) and has it judged just inside, at
and just outside the bound; it fails when a row has no example, and when this page is not what the examples say.

- Another plant's limits are another file of the same form, in \`indicators/\` beside the plant's file.
- Named coefficients are rows of [config/coefficients](../config/coefficients), each with its source, and so is the
  boundary of a CO2 figure: the factors that it names, no more.
- Pollutants are integrals over time of concentration × flow, mg/m³ × m³/h / 10⁶ = kg/h: as measured, both dry, at 0 °C and
  101.325 kPa, not corrected for O2. A derived tag forms the product at every instant.
- The plan's bounds are annual: on a shorter window a verdict is indicative.
- The plan gives no formula for the acquisition rate: there are two figures, of points and of samples.
  The agent counts the samples itself (\`acquired\`).
`;

/** `feeder × 0.1229 kgce/kWh (gb-t-2589-2020/electricity) − …`, the line's name left out. */
function sumText(terms: readonly TermConfig[], line: string): string {
  const text = terms.map((term) => `${term.coefficient < 0 ? '−' : '+'} ${termText(term, line)}`).join(' ');
  const sum = text.replace(/^\+ /, '');
  return terms.length > 1 ? `(${sum})` : sum;
}

function termText({ meter, coefficient, unit, basis }: TermConfig, line: string): string {
  const name = meter.replace(`${line}.`, '');
  if (coefficient === 1 && unit === undefined) return name;
  const number = `${Number(Math.abs(coefficient).toPrecision(5))}${unit === undefined || unit === '%' ? '' : ` ${unit}`}`;
  const from = basis ? ` (${basis.table}/${basis.name}${basis.lowerHeatingValue ? ', measured' : ''})` : '';
  return `${name} × ${number}${from}`;
}

const formula = ({ numerator, denominator, line = '' }: MetricConfig): string =>
  `${sumText(numerator, line)} / ${sumText(denominator, line)}`;

/** The table row → example → metric, in the order of the plan's. */
export function indicatorsPage(table: IndicatorTable, examples: ReadonlyMap<string, PlantConfig>): string {
  const rows = table.indicators.flatMap(({ id, op, bound, unit, quote, doubtful }) =>
    CASES[id]!.map(({ example, metric: name }, index) => {
      const metric = examples.get(example)!.metrics.find((one) => one.id === name)!;
      const row =
        index === 0
          ? [`\`${id}\``, `${op === '<=' ? '≤' : '≥'} ${bound} ${unit}`, doubtful ? `${quote} (${doubtful})` : quote]
          : ['', '', ''];
      const link = `[${example}](../config/examples/indicators/${example}.yaml)`;
      return [...row, link, `\`${name}\``, formula(metric)];
    }),
  );
  return `${INTRODUCTION}\n${markdownTable(['row', 'bound', "the plan's words", 'example', 'metric', 'is'], rows)}\n`;
}

/** The README's table: row → example → test. */
export function indicatorRows({ indicators }: IndicatorTable): string {
  const rows = indicators.map(({ id, op, bound, unit }) => {
    const examples = [...new Set(CASES[id]!.map(({ example }) => example))];
    const links = examples.map((example) => `[${example}](config/examples/indicators/${example}.yaml)`).join(', ');
    const metrics = CASES[id]!.map(({ metric }) => `\`${metric}\``).join(', ');
    return [`\`${id}\``, `${op === '<=' ? '≤' : '≥'} ${bound} ${unit}`, links, metrics, `\`vitest -t ${id}\``];
  });
  return markdownTable(['row of the plan', 'bound', 'example', 'metric', 'test'], rows);
}
