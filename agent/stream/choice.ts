import picomatch from 'picomatch';
import { ALL_KINDS, type WindowKind } from '../../rules/interval.ts';
import type { AlarmView, PlantDescription } from '../http/contract.ts';
import type { StoredRecord } from '../store/contract.ts';
import { FrameFault } from './fault.ts';
import type { Subscribe } from './frames.ts';
import type { LiveValue } from './protocol.ts';

/** What a subscription picks. A filter narrows what it names: records without that property pass it. */
export interface Choice {
  /** Known metrics and meters that match. */
  readonly metrics: string[];
  readonly tags: string[];
  /** Windows whose newest evaluation belongs in a snapshot; none when no evaluations are wanted. */
  readonly windows: readonly WindowKind[];
  record(record: StoredRecord): boolean;
  live(value: LiveValue): boolean;
  alarm(view: AlarmView): boolean;
}

/** Without metrics and tags globs everything is meant; with one of them only what is named. Throws FrameFault for a glob that says more than ours may. */
export function choose(wanted: Subscribe, plant: PlantDescription): Choice {
  const known = equipmentOf(plant);
  const metricNamed = wanted.metrics ? matcher(wanted.metrics, wanted.id) : () => !wanted.tags;
  const tagNamed = wanted.tags ? matcher(wanted.tags, wanted.id) : () => !wanted.metrics && !wanted.equipment;
  const equipmentNamed = wanted.equipment && matcher(wanted.equipment, wanted.id);

  const metric = remembered((id: string, equipment: string | undefined = known.get(id)) => {
    if (!metricNamed(id)) return false;
    return !equipmentNamed || (equipment !== undefined && equipmentNamed(fullPath(plant, equipment)));
  });
  const window = (kind: WindowKind): boolean => wanted.windows?.includes(kind) ?? true;
  const kind = (name: StoredRecord['kind']): boolean => wanted.kinds?.includes(name) ?? true;
  const narrowed = wanted.metrics ?? wanted.tags ?? wanted.equipment ?? wanted.windows;

  return {
    metrics: [...known.keys()].filter((id) => metric(id)),
    tags: plant.tags.map(({ id }) => id).filter(tagNamed),
    windows: kind('evaluation') ? ALL_KINDS.filter(window) : [],
    record(record) {
      if (!kind(record.kind)) return false;
      if (!narrowed) return true;
      const about = JSON.parse(record.body) as About;
      const id = about.metric ?? about.meter;
      return (id === undefined || metric(id, about.equipment)) && (!about.window || window(about.window.kind));
    },
    live({ of, id, window: filling }) {
      if (of === 'endpoint') return kind('endpoint');
      if (of === 'tag') return tagNamed(id);
      return metric(id) && (!filling || window(filling.kind));
    },
    alarm: (view) => kind('alarm') && metric(view.metric, view.equipment) && window(view.window.kind),
  };
}

/** What a record's body may say about where it belongs. */
interface About {
  readonly metric?: string;
  readonly meter?: string;
  readonly equipment?: string;
  readonly window?: { readonly kind: WindowKind };
}

const equipmentOf = (plant: PlantDescription): Map<string, string> =>
  new Map(plant.lines.flatMap((line) => [...line.metrics, ...line.meters].map(({ id }) => [id, line.equipment])));

const fullPath = (plant: PlantDescription, equipment: string): string =>
  equipment.startsWith(plant.equipment) ? equipment : `${plant.equipment}/${equipment}`;

/** Ids come from the configuration, so what is remembered is bounded by it. */
function remembered(decide: (id: string, equipment?: string) => boolean): (id: string, equipment?: string) => boolean {
  const answers = new Map<string, boolean>();
  return (id, equipment) => {
    const answer = answers.get(id) ?? decide(id, equipment);
    answers.set(id, answer);
    return answer;
  };
}

/** Names, `*`, `**`, `?` and `{a,b}`; few of each, because a regular expression of many stars can take for ever. */
const GLOB = /^[\w.\-/*?{},]+$/;
const MAX_STARS = 4;
const MAX_BRACES = 4;

function matcher(globs: readonly string[], id: string): (text: string) => boolean {
  for (const glob of globs) {
    const stars = glob.match(/\*+/g)?.length ?? 0;
    const braces = glob.match(/\{/g)?.length ?? 0;
    if (GLOB.test(glob) && stars <= MAX_STARS && braces <= MAX_BRACES) continue;
    const rule = `a glob has letters, digits, _ . - / ? and up to ${MAX_STARS} * and ${MAX_BRACES} {a,b}`;
    throw new FrameFault('bad-frame', rule, id);
  }
  const matches = globs.map((glob) => picomatch(glob, { dot: true, noextglob: true, nonegate: true }));
  return (text) => matches.some((match) => match(text));
}
