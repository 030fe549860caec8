import { type Complaint, type Path, shown } from './faults.ts';
import type { Model, ModelMeter } from './model.ts';
import { type Given, isMapping, type Made, type Mapping, madeMetric, type Surroundings } from './modelMetric.ts';
import { didYouMean } from './suggest.ts';

/** What one line of the plant's file comes to when it names a model. */

export interface ModelledLine {
  readonly line: Mapping;
  readonly meters: readonly Made[];
  readonly metrics: readonly Made[];
  readonly complaints: readonly Complaint[];
}

export function modelledLine(
  line: Mapping,
  at: number,
  name: string,
  model: Model,
  around: Surroundings,
): ModelledLine {
  const path = ['lines', at];
  const complaints = [...unknownMeters(line, path, name, model), ...routeFault(line, path, model)];
  const given = givenMeters(line, path, model);
  const metrics = Object.entries(model.metrics).flatMap(([key, metric]) => {
    const made = madeMetric({ key, metric, model, line, path, given, around, complaints });
    return made ? [made] : [];
  });
  const main = metrics[0]?.entry.id;
  if (main === undefined && complaints.length === 0)
    complaints.push({ path: [...path, 'meters'], message: `the model ${name} makes no metric of these meters` });
  return {
    line: { name: model.name, kind: name, equipment: line.id, ...(main !== undefined && { main }), ...line },
    meters: given.map((meter) => ({
      entry: meter.entry,
      toSource: (rest, message) => ({ path: [...meter.path, ...rest], message }),
    })),
    metrics,
    complaints,
  };
}

function* unknownMeters(line: Mapping, path: Path, name: string, { meters }: Model): Generator<Complaint> {
  const known = Object.keys(meters).filter((key) => isGiven(meters[key]!));
  for (const key of isMapping(line.meters) ? Object.keys(line.meters) : []) {
    if (known.includes(key)) continue;
    const message = `the model ${name} has no meter "${key}"${didYouMean(key, known) || `, but ${known.join(', ')}`}`;
    yield { path: [...path, 'meters', key], at: 'key', message };
  }
}

function* routeFault({ route }: Mapping, path: Path, { routes }: Model): Generator<Complaint> {
  const known = Object.keys(routes ?? {});
  if (known.includes(String(route)) || (known.length === 0 && route === undefined)) return;
  const choice = known.length === 0 ? 'the model has no routes' : `one of ${known.join(', ')}`;
  if (route === undefined) yield { path: [...path, 'route'], message: `missing: ${choice}` };
  else
    yield {
      path: [...path, 'route'],
      message: `no route ${shown(route)}${didYouMean(String(route), known)}; ${choice}`,
    };
}

/** Whether the plant gives the meter; the others are made of those that it gives. */
export const isGiven = ({ like, of }: ModelMeter): boolean => like === undefined && of === undefined;

/** The meters of the line and those that the model makes like them, in the model's order. */
function givenMeters(line: Mapping, path: Path, { meters }: Model): Given[] {
  const said = isMapping(line.meters) ? line.meters : {};
  return Object.entries(meters).flatMap(([key, meter]) => {
    const source = meter.like ?? meter.of ?? key;
    if (meter.outside !== undefined && !Object.hasOwn(said, meter.outside)) return [];
    const value = Object.hasOwn(said, source) ? said[source] : undefined;
    const isList = Array.isArray(value);
    return (isList ? value : [value]).flatMap((one: unknown, index): Given[] => {
      const own = typeof one === 'string' ? { tag: one } : one;
      if (!isMapping(own)) return [];
      const at = isList ? [index] : [];
      const id = `${line.id}.${key}${isList ? `-${index + 1}` : ''}`;
      const entry = meterEntry(meter, own, { id, line: String(line.id), number: isList ? index + 1 : null, said });
      return [{ key, id, path: [...path, 'meters', source, ...at], own, entry }];
    });
  });
}

interface Identity {
  readonly id: string;
  readonly line: string;
  /** Its place in a list of like meters. */
  readonly number: number | null;
  readonly said: Mapping;
}

function meterEntry(meter: ModelMeter, own: Mapping, { id, line, number, said }: Identity): Given['entry'] {
  const {
    about: _about,
    exported: _exported,
    energy: _energy,
    like,
    settle,
    name,
    of,
    outside,
    pieces,
    ...defaults
  } = meter;
  const { energy: _ownEnergy, co2: _co2, settle: ownSettle, ...options } = own;
  const named = number === null ? name : { en: `${name.en} ${number}`, zh: `${number}号${name.zh}` };
  if (of !== undefined)
    return {
      ...defaults,
      name: named,
      id,
      line,
      of: `${line}.${of}${number === null ? '' : `-${number}`}`,
      outside: `${line}.${outside}`,
    };
  const entry = {
    ...defaults,
    name: named,
    ...(pieces !== undefined && { pieces: `${line}.${pieces}` }),
    ...options,
    id,
    line,
  };
  if (like !== undefined) return { ...entry, ...defaults, name: named };
  const settled = settlement(settle, ownSettle, line, said);
  return settled === undefined ? entry : { ...entry, settle: settled };
}

/** The model names the meter of tapped metal by its own word; without such a meter nothing is settled. */
function settlement(of: unknown, own: unknown, line: string, said: Mapping): unknown {
  if (own !== undefined && !isMapping(own)) return own;
  const isTapped = isMapping(of) && Object.hasOwn(said, String(of.tapped));
  return isTapped ? { ...of, tapped: `${line}.${of.tapped}`, ...own } : own;
}
