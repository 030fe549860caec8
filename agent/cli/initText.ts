import { dirname, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { plainText } from '../../config/faults.ts';
import type { Model, ModelMeter } from '../../config/model.ts';
import { isGiven } from '../../config/modelLine.ts';
import { NAMES_FILE } from '../../config/resolve.ts';
import { parseUnit, ratio, times } from '../../rules/units.ts';
import type { Found, FoundTag } from './found.ts';

/** A plant's file to begin with, made of what its devices gave. */
export interface Beginning {
  readonly agent: string;
  readonly path: string;
  readonly timeZone: string;
  readonly found: readonly Found[];
  readonly line: LineBeginning | null;
}

export interface LineBeginning {
  readonly id: string;
  readonly modelName: string;
  readonly model: Model;
  readonly route: string | undefined;
  /** By the model's meters: options as the file has them. */
  readonly meters: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** The file's text, for a file at `out`; its first line leads editors to the schema. */
export function beginningText(beginning: Beginning, out: string, schemaFile: string): string {
  const { agent, path, timeZone, found, line } = beginning;
  const schema = relative(dirname(out), schemaFile);
  return `# yaml-language-server: $schema=${schema}
# Written by pertonne init. What every key means: config/REFERENCE.md. See what is wrong with it: pertonne check FILE
version: 1
agent: ${flow(agent)} # the name of this agent in all that it sends
plant: ${flow({ path, timeZone })} # enterprise/site; days begin at 00:00, shifts at 00:00, 08:00, 16:00 if it does not say otherwise

endpoints: # each tag is asked for once a second; another period: period: 5s
${found.map(({ endpoint }) => `  - ${flow(withFiles(endpoint, dirname(out)))}\n`).join('')}
tags: # beside each what it gave when this was written; take away what nobody needs
${found.map(tagsText).join('')}
${
  line
    ? lineText(
        line,
        found.flatMap(({ tags }) => tags),
      )
    : NO_LINE
}`;
}

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd();

const tagsText = ({ tags, left }: Found): string =>
  [
    ...tags.map(({ entry, seen }) => `  - ${flow(entry)} # ${plainText(seen)}\n`),
    ...left.map((line) => `  # left out: ${plainText(line)}\n`),
  ].join('');

/** Named from the file on: it may lie elsewhere than where the command was given. */
const withFiles = (endpoint: Found['endpoint'], folder: string): object =>
  Object.fromEntries(
    Object.entries(endpoint).map(([key, value]) => [
      key,
      NAMES_FILE.test(key) && typeof value === 'string' ? relative(folder, resolve(value)) : value,
    ]),
  );

const NO_LINE = `# A line of the plant, with the figures that its model makes of these tags (config/MODELS.md):
# lines:
#   - id: mill-1
#     model: rolling-mill
#     meters:
#       feeder: { tag: …, maxRate: … }
#       coils: { tag: …, amountTag: … }
`;

/** Without any meter the line stands as comments: it would make no figure. */
function lineText(line: LineBeginning, tags: readonly FoundTag[]): string {
  const { id, modelName, model, route, meters } = line;
  const isAlive = meters.size > 0;
  const routes = Object.keys(model.routes ?? {});
  const chosen = route ?? (routes.length > 0 ? `… # one of ${routes.join(', ')}` : undefined);
  const given = Object.entries(model.meters).filter(([, meter]) => isGiven(meter));
  const text = [
    'lines: # what the model makes of these meters: config/MODELS.md\n',
    `  - id: ${flow(id)}\n`,
    `    model: ${modelName}\n`,
    ...(chosen === undefined ? [] : [`    route: ${chosen}\n`]),
    '    meters:\n',
    ...given.map(([name, meter]) => {
      const options = meters.get(name);
      const about = `${meter.about} (${meter.unit})`;
      if (options) return `      ${name}: ${flow(options)} # ${about}\n`;
      return `      ${isAlive ? '# ' : ''}${name}: # ${about}${perhaps(meter, tags)}\n`;
    }),
  ];
  return text.map((one) => (isAlive ? one : `# ${one}`)).join('');
}

function perhaps(meter: ModelMeter, tags: readonly FoundTag[]): string {
  const fitting = candidates(meter, tags).map(({ entry }) => entry.id);
  return fitting.length > 0 ? `; perhaps ${fitting.slice(0, MOST_NAMED).join(', ')}` : '';
}

const MOST_NAMED = 5;
const HOUR = parseUnit('h');

/** How many of the meter's unit one count of the tag is, and whether that is a rate; null where its unit is another. */
function fitOf(
  meter: Pick<ModelMeter, 'unit'>,
  { unit, perCount }: FoundTag,
): { scale: number; isRate: boolean } | null {
  const [of, want] = [parseUnit(unit), parseUnit(meter.unit)];
  const alike = ratio(of, want);
  if (alike !== null) return { scale: perCount * alike, isRate: false };
  const hourly = ratio(times(of, HOUR), want);
  return hourly === null ? null : { scale: perCount * hourly, isRate: true };
}

/** The tags that could feed the meter, by their units. */
export const candidates = (meter: ModelMeter, tags: readonly FoundTag[]): FoundTag[] =>
  BY_UNIT.has(meter.kind) ? tags.filter((tag) => fitOf(meter, tag) !== null) : [];

/** The others take what no unit tells: a current, the times of a piece. */
const BY_UNIT: ReadonlySet<ModelMeter['kind']> = new Set(['counter', 'gauge', 'event']);

/** What follows from the tag's unit, where the options do not say it: its scale, and a gauge for a rate. */
export function completed(
  meter: ModelMeter,
  options: Readonly<Record<string, unknown>>,
  tags: readonly FoundTag[],
): Readonly<Record<string, unknown>> {
  const source = tags.find(({ entry }) => entry.id === (options.amountTag ?? options.tag));
  if (!source || !BY_UNIT.has(meter.kind)) return options;
  const fitting = fitOf(meter, source);
  if (!fitting) return options;
  const { scale, isRate } = fitting;
  const isGauge = isRate && meter.kind === 'counter';
  return {
    ...(isGauge && { kind: 'gauge' }),
    ...options,
    ...(options.scale === undefined && scale !== source.perCount && { scale: Number(scale.toPrecision(12)) }),
  };
}
