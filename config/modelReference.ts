import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readShelf } from './library.ts';
import { markdownTable } from './markdown.ts';
import { type Model, type ModelTerm, WEIGHTS } from './model.ts';
import { isGiven } from './modelLine.ts';

/** A page to read about the line models, made from them. */

const INTRODUCTION = `# Line models

A line that names a model gives its meters, each a tag or meter options; the model makes the rest of the line's
configuration: \`config/examples/indicators/\` shows each in use. A metric is there when the line has the meters that it
divides. A meter may be a list, of feeders or stacks, and then counts as their sum. A counter always needs its \`maxRate\`.
_in kgce_ and _in t_ weigh each meter that the line has by its own \`energy\` or \`co2\`.

Made from config/models by \`node config/reference.ts\`; do not edit.
`;

const code = (text: string): string => `\`${text}\``;

/** The page, of all models in this folder. */
export async function modelsPage(): Promise<string> {
  const names = (await readdir(join(import.meta.dirname, 'models'))).map((file) => file.replace(/\.yaml$/, '')).sort();
  const { volumes } = await readShelf('models', names, join(import.meta.dirname, 'REFERENCE.md'));
  return [INTRODUCTION, ...names.map((name) => section(name, volumes.get(name)!))].join('\n');
}

function section(name: string, { title, routes, meters, metrics }: Model): string {
  const route =
    routes &&
    `Routes: ${Object.entries(routes)
      .map(([id, { en, zh }]) => `${code(id)} ${en} ${zh}`)
      .join(', ')}.\n`;
  const given = Object.entries(meters).filter(([, meter]) => isGiven(meter));
  const meterRows = given.map(([id, { kind, unit, about, energy, exported }]) => {
    return [code(id), kind, unit, about, energy ? code(energy) : '', exported ? 'negative' : ''];
  });
  const metricRows = Object.entries(metrics).map(([id, metric]) => {
    return [
      code(id),
      `${metric.name.en} ${metric.name.zh}`,
      metric.unit,
      quotient(metric),
      metric.limit?.indicator ?? '',
    ];
  });
  return [
    `## ${name}\n`,
    `${title}.\n`,
    ...(route ? [route] : []),
    markdownTable(['meter', 'kind', 'unit', 'what to give', 'coal equivalent', 'in sums'], meterRows),
    '',
    markdownTable(['metric', 'name', 'unit', 'is', 'indicator'], metricRows),
    '',
  ].join('\n');
}

function quotient({ numerator, denominator }: Pick<Model['metrics'][string], 'numerator' | 'denominator'>): string {
  return `${sum(numerator)} / ${sum(denominator)}`;
}

function sum(terms: readonly ModelTerm[]): string {
  const text = terms.map(term).join(' + ');
  return terms.length > 1 ? `(${text})` : text;
}

function term(one: ModelTerm): string {
  if (typeof one === 'string') return one;
  if ('by' in one) return `${one.meter} in ${WEIGHTS[one.by]}`;
  return `${one.meter} × ${one.coefficient}${one.unit === '%' ? '' : ` ${one.unit}`}`;
}
