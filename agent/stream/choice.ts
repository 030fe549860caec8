import { ALL_KINDS, type WindowKind } from '../../rules/interval.ts';
import { type Sight, sightOf } from '../access/sight.ts';
import type { AlarmView, PlantDescription } from '../http/contract.ts';
import { FrameFault } from './fault.ts';
import type { Subscribe } from './frames.ts';
import { GLOB_RULE, globs } from './glob.ts';
import type { LiveValue, RecordKind } from './protocol.ts';
import type { Outgoing } from './stretch.ts';

/** What a subscription picks. A filter narrows what it names: records without that property pass it. */
export interface Choice {
  /** The same for all who chose alike, so that what is made for one serves the others. */
  readonly number: number;
  /** Known metrics and meters that match; as the tags, not kept, because a plant has many. */
  metrics(): string[];
  tags(): string[];
  /** Windows whose newest evaluation belongs in a snapshot; none when no evaluations are wanted. */
  readonly windows: readonly WindowKind[];
  record(record: Outgoing): boolean;
  live(value: LiveValue): boolean;
  alarm(view: AlarmView): boolean;
}

type Filter = Pick<Subscribe, 'metrics' | 'tags' | 'equipment' | 'kinds' | 'windows'>;

/** Filters of which the choice is kept for those who choose alike. */
const MOST_KEPT = 256;

/** Makes choices; the oldest is forgotten when there are many, which costs those who have it only what they share. */
export function choices(plant: () => PlantDescription): (wanted: Subscribe, lines?: readonly string[]) => Choice {
  const made = new Map<string, Choice>();
  let number = 0;
  return ({ id, metrics, tags, equipment, kinds, windows }, lines) => {
    const filter: Filter = { metrics, tags, equipment, kinds, windows };
    const key = JSON.stringify([filter, lines]);
    const choice = made.get(key) ?? within(choose(filter, id, plant, ++number), plant, lines);
    if (!made.has(key) && made.size >= MOST_KEPT) made.delete(made.keys().next().value!);
    made.set(key, choice);
    return choice;
  };
}

/** As much of a choice as who may see these lines only may have; what the agent says of itself is for all. */
function within(choice: Choice, plant: () => PlantDescription, lines: readonly string[] | undefined): Choice {
  if (lines === undefined) return choice;
  let [of, sight] = [plant(), sightOf(plant(), lines)];
  const now = (): Sight => {
    if (plant() !== of) [of, sight] = [plant(), sightOf(plant(), lines)];
    return sight;
  };
  return {
    ...choice,
    metrics: () => choice.metrics().filter(now().metric),
    tags: () => choice.tags().filter(now().tag),
    record(record) {
      const { metric, meter } = record.about();
      const id = metric ?? meter;
      return (id === undefined || now().metric(id)) && choice.record(record);
    },
    live(value) {
      const { of: what, id } = value;
      if (what === 'platform') return false;
      const isSeen = what === 'endpoint' || what === 'log' || (what === 'tag' ? now().tag(id) : now().metric(id));
      return isSeen && choice.live(value);
    },
    alarm: (view) => now().metric(view.metric) && choice.alarm(view),
  };
}

/** Without metrics and tags globs everything is meant; with one of them only what is named. Throws FrameFault. */
function choose(wanted: Filter, id: string, plant: () => PlantDescription, number: number): Choice {
  const metricNamed = wanted.metrics ? matcher(wanted.metrics, id) : () => !wanted.tags;
  const tagNamed = wanted.tags ? matcher(wanted.tags, id) : () => !wanted.metrics && !wanted.equipment;
  const equipmentNamed = wanted.equipment && matcher(wanted.equipment, id);

  const known = madeOf(plant, equipmentOf);
  const decided = madeOf(plant, (now) =>
    remembered((id, equipment = known().get(id)) => {
      if (!metricNamed(id)) return false;
      return !equipmentNamed || (equipment !== undefined && equipmentNamed(fullPath(now, equipment)));
    }),
  );
  const metric = (id: string, equipment?: string): boolean => decided()(id, equipment);
  const window = (kind: WindowKind): boolean => wanted.windows?.includes(kind) ?? true;
  const kind = (name: RecordKind): boolean => wanted.kinds?.includes(name) ?? true;
  const narrowed = wanted.metrics ?? wanted.tags ?? wanted.equipment ?? wanted.windows;

  return {
    number,
    metrics: () => [...known().keys()].filter((id) => metric(id)),
    tags: () =>
      plant()
        .tags.map(({ id }) => id)
        .filter(tagNamed),
    windows: kind('evaluation') ? ALL_KINDS.filter(window) : [],
    record(record) {
      if (!kind(record.kind)) return false;
      if (!narrowed) return true;
      const about = record.about();
      const id = about.metric ?? about.meter;
      return (id === undefined || metric(id, about.equipment)) && (!about.window || window(about.window.kind));
    },
    live({ of, id, window: filling }) {
      if (of === 'endpoint' || of === 'platform' || of === 'log') return kind('endpoint');
      if (of === 'tag') return tagNamed(id);
      return metric(id) && (!filling || window(filling.kind));
    },
    alarm: (view) => kind('alarm') && metric(view.metric, view.equipment) && window(view.window.kind),
  };
}

/** What is made of the plant, made anew when that is another one. */
function madeOf<T>(plant: () => PlantDescription, make: (plant: PlantDescription) => T): () => T {
  let made: { readonly of: PlantDescription; readonly what: T } | null = null;
  return () => {
    const now = plant();
    if (made?.of !== now) made = { of: now, what: make(now) };
    return made.what;
  };
}

const equipmentOf = (plant: PlantDescription): Map<string, string> =>
  new Map(plant.lines.flatMap((line) => [...line.metrics, ...line.meters].map(({ id }) => [id, line.equipment])));

const fullPath = (plant: PlantDescription, equipment: string): string =>
  `${equipment}/`.startsWith(`${plant.equipment}/`) ? equipment : `${plant.equipment}/${equipment}`;

/** Answers that are remembered; there may be more ids, and many who choose. */
const MOST_ANSWERS = 512;

function remembered(decide: (id: string, equipment?: string) => boolean): (id: string, equipment?: string) => boolean {
  const answers = new Map<string, boolean>();
  return (id, equipment) => {
    const answer = answers.get(id) ?? decide(id, equipment);
    if (answers.size >= MOST_ANSWERS) answers.clear();
    answers.set(id, answer);
    return answer;
  };
}

function matcher(list: readonly string[], id: string): (text: string) => boolean {
  const matches = globs(list);
  if (!matches) throw new FrameFault('bad-frame', GLOB_RULE, id);
  return matches;
}
