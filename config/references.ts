import { protocols } from '../drivers/index.ts';
import type { Complaint, Path } from './faults.ts';
import type { Indicator, IndicatorTable, Library } from './library.ts';
import { productFaults } from './products.ts';
import { type Draft, type LISTS, listOf } from './schema.ts';
import { didYouMean } from './suggest.ts';

type ListName = keyof typeof LISTS;
/** The ids that each list defines, those of refused entries too, so that one fault does not breed others. */
export type Names = Readonly<Record<ListName, ReadonlySet<string>>>;

const KIND: Record<ListName, string> = {
  lines: 'line',
  endpoints: 'endpoint',
  tags: 'tag',
  derived: 'derived tag',
  meters: 'meter',
  metrics: 'metric',
  platforms: 'platform',
};

const idOf = (entry: unknown): string | undefined => {
  const id = (entry as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : undefined;
};

export function namesIn(file: Readonly<Record<string, unknown>>): Names {
  const ids = (list: ListName): Set<string> => new Set(listOf(file[list]).flatMap((entry) => idOf(entry) ?? []));
  return {
    lines: ids('lines'),
    endpoints: ids('endpoints'),
    tags: ids('tags').union(ids('derived')),
    derived: ids('derived'),
    meters: ids('meters'),
    metrics: ids('metrics'),
    platforms: ids('platforms'),
  };
}

/** An id stands for one thing; meters and metrics share the log's keys, so their ids must differ too. */
export function* duplicateIds(file: Readonly<Record<string, unknown>>): Generator<Complaint> {
  for (const lists of [['lines'], ['endpoints'], ['tags', 'derived'], ['meters', 'metrics'], ['platforms']] as const) {
    const first = new Map<string, Path>();
    for (const list of lists) {
      for (const [index, entry] of listOf(file[list]).entries()) {
        const id = idOf(entry);
        if (id === undefined) continue;
        const before = first.get(id);
        if (before === undefined) first.set(id, [list, index]);
        else yield { path: [list, index, 'id'], message: `"${id}" is already the id of`, beside: before };
      }
    }
  }
}

/** What an agent needs and a file of samples does without: devices, and where each tag is found on them. */
export function* missingDevices(file: Readonly<Record<string, unknown>>): Generator<Complaint> {
  if (file.endpoints === undefined) yield { path: ['endpoints'], message: 'missing' };
  else if (Array.isArray(file.endpoints) && file.endpoints.length === 0)
    yield { path: ['endpoints'], message: 'has fewer than 1 entries' };
  for (const [index, tag] of listOf(file.tags).entries()) {
    if (typeof tag !== 'object' || tag === null || Object.hasOwn(tag, 'acquired')) continue;
    for (const key of ['endpoint', 'address'])
      if (!Object.hasOwn(tag, key)) yield { path: ['tags', index, key], message: 'missing' };
  }
}

/** Where names stand for something defined in a list; `*` is every entry. */
const REFERENCES: readonly (readonly [where: readonly string[], list: ListName])[] = [
  [['lines', '*', 'main'], 'metrics'],
  [['lines', '*', 'load'], 'tags'],
  [['lines', '*', 'shows', '*'], 'tags'],
  [['tags', '*', 'endpoint'], 'endpoints'],
  [['tags', '*', 'acquired', 'of'], 'endpoints'],
  [['meters', '*', 'line'], 'lines'],
  [['meters', '*', 'tag'], 'tags'],
  [['meters', '*', 'amountTag'], 'tags'],
  [['meters', '*', 'cells'], 'tags'],
  [['meters', '*', 'frozen', 'proof'], 'tags'],
  [['meters', '*', 'pieces'], 'meters'],
  [['meters', '*', 'inLine'], 'tags'],
  [['meters', '*', 'starts'], 'tags'],
  [['meters', '*', 'ends'], 'tags'],
  [['meters', '*', 'of'], 'meters'],
  [['meters', '*', 'outside'], 'meters'],
  [['meters', '*', 'settle', 'tapped'], 'meters'],
  [['meters', '*', 'settle', 'inventory'], 'tags'],
  [['metrics', '*', 'line'], 'lines'],
  ...['numerator', 'denominator'].flatMap((role): [string[], ListName][] => [
    [['metrics', '*', role, '*'], 'meters'],
    [['metrics', '*', role, '*', 'meter'], 'meters'],
  ]),
];

/** Every name that stands for nothing, in entries that are refused for other reasons too. */
export function* brokenReferences(file: unknown, names: Names): Generator<Complaint> {
  for (const [where, list] of REFERENCES) {
    for (const [path, name] of valuesAt(file, where, [])) {
      if (typeof name === 'string' && !names[list].has(name))
        yield { path, message: `no ${KIND[list]} named "${name}"${didYouMean(name, names[list])}` };
    }
  }
}

function* valuesAt(value: unknown, [step, ...rest]: readonly string[], path: Path): Generator<[Path, unknown]> {
  if (step === undefined) yield [path, value];
  else if (step === '*')
    for (const [index, entry] of listOf(value).entries()) yield* valuesAt(entry, rest, [...path, index]);
  else if (typeof value === 'object' && value !== null && Object.hasOwn(value, step))
    yield* valuesAt((value as Record<string, unknown>)[step], rest, [...path, step]);
}

/** What is sound by itself and by name, but not together. */
export function* contradictions(draft: Draft): Generator<Complaint> {
  const metrics = new Map(draft.metrics.map((metric) => [metric?.id, metric]));
  const meters = new Map(draft.meters.map((meter) => [meter?.id, meter]));
  for (const [index, line] of draft.lines.entries()) {
    const main = line && metrics.get(line.main);
    if (main && main.line !== line.id)
      yield { path: ['lines', index, 'main'], message: `the metric "${main.id}" does not name the line "${line.id}"` };
  }
  for (const [index, meter] of draft.meters.entries()) {
    const tapped = meter?.kind === 'faraday' && meter.settle ? meters.get(meter.settle.tapped) : undefined;
    if (tapped && tapped.kind !== 'event')
      yield {
        path: ['meters', index, 'settle', 'tapped'],
        message: `"${tapped.id}" is a ${tapped.kind}, not an event`,
      };
  }
  for (const [index, meter] of draft.meters.entries()) {
    if (meter?.kind !== 'event' || (meter.tag === undefined) === (meter.amountTag === undefined)) continue;
    const missing = meter.tag === undefined ? 'tag' : 'amountTag';
    yield {
      path: ['meters', index],
      message: `lacks ${missing}: give both, or neither where operators enter each piece`,
    };
  }
  for (const [index, tag] of draft.tags.entries()) {
    if (tag?.acquired && (tag.endpoint ?? tag.address) !== undefined)
      yield { path: ['tags', index, 'acquired'], message: 'the agent counts it: take endpoint and address away' };
  }
  for (const [index, metric] of draft.metrics.entries()) {
    if (metric?.plausible && metric.plausible[0] >= metric.plausible[1])
      yield { path: ['metrics', index, 'plausible'], message: 'the first is not below the second' };
  }
  yield* sharedLines(draft.endpoints);
  yield* productFaults(draft);
  yield* calendarFaults(draft.plant);
}

/** Two queues to one serial line, or to one gateway, would send over each other. */
function* sharedLines(endpoints: Draft['endpoints']): Generator<Complaint> {
  const first = new Map<string, string>();
  for (const [index, endpoint] of endpoints.entries()) {
    const line = endpoint && protocols[endpoint.protocol].lineOf?.(endpoint as never);
    if (line === undefined) continue;
    const before = first.get(line);
    if (before === undefined) first.set(line, endpoint!.id);
    else
      yield { path: ['endpoints', index], message: `${line} is the line of "${before}": give its tags that endpoint` };
  }
}

function* calendarFaults(plant: Draft['plant']): Generator<Complaint> {
  if (!plant) return;
  const { timeZone, shifts } = plant;
  if (!isTimeZone(timeZone)) {
    const message = `no IANA time zone "${timeZone}"${didYouMean(timeZone, Intl.supportedValuesOf('timeZone'))}`;
    yield { path: ['plant', 'timeZone'], message };
  }
  for (const [index, start] of shifts.entries()) {
    if (index > 0 && start <= shifts[index - 1]!)
      yield { path: ['plant', 'shifts', index], message: `${start} is not after ${shifts[index - 1]}` };
  }
}

/** A name, not an offset: only a name knows the zone's changes. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** The row that a metric's limit names; undefined without a limit, a table or such a row. */
export const indicatorOf = (table: IndicatorTable | undefined, id: string | undefined): Indicator | undefined =>
  table?.indicators.find((indicator) => indicator.id === id);

/** A limit is a row of the table, or an op and a bound of the plant's own, and never both. */
export function* limitFaults(draft: Draft, tables: Library<IndicatorTable>): Generator<Complaint> {
  const name = draft.indicators;
  if (name !== undefined && !tables.names.includes(name))
    yield { path: ['indicators'], message: `no indicator table named "${name}"${didYouMean(name, tables.names)}` };
  const table = name === undefined ? undefined : tables.volumes.get(name);
  for (const [index, metric] of draft.metrics.entries()) {
    const limit = metric?.limit;
    if (!limit) continue;
    const path = ['metrics', index, 'limit'];
    const own = limit.op !== undefined || limit.bound !== undefined;
    if (limit.indicator === undefined) {
      if (limit.op === undefined || limit.bound === undefined)
        yield { path, message: 'needs an indicator, or both op and bound' };
    } else if (own) {
      yield { path, message: 'the indicator brings op and bound; give one or the other' };
    } else if (name === undefined) {
      yield { path: [...path, 'indicator'], message: 'the file names no table of indicators' };
    } else if (table && !indicatorOf(table, limit.indicator)) {
      const known = table.indicators.map((indicator) => indicator.id);
      const message = `no indicator named "${limit.indicator}" in ${name}${didYouMean(limit.indicator, known)}`;
      yield { path: [...path, 'indicator'], message };
    }
  }
}
