import type { FastifyRequest } from 'fastify';
import type { PlantDescription } from '../http/contract.ts';

/** What somebody may see of a plant: all of it, or some of its lines with what belongs to them. */
export interface Sight {
  readonly plant: PlantDescription;
  /** A metric or meter. */
  metric(id: string): boolean;
  tag(id: string): boolean;
  /** A record, by the JSON text of its body; one that is about no metric and no meter is for all. */
  record(body: string): boolean;
}

const ANYTHING = (): boolean => true;
/** For each plant, by the lines; there are no more than there are tokens. */
const made = new WeakMap<PlantDescription, Map<string, Sight>>();

/** `lines`: those that may be seen; undefined for all. */
export function sightOf(plant: PlantDescription, lines: readonly string[] | undefined): Sight {
  if (lines === undefined) return { plant, metric: ANYTHING, tag: ANYTHING, record: ANYTHING };
  const sights = made.get(plant) ?? new Map<string, Sight>();
  made.set(plant, sights);
  const key = JSON.stringify(lines);
  const sight = sights.get(key) ?? narrowed(plant, lines);
  sights.set(key, sight);
  return sight;
}

/** Of who asks. */
export const sightFor = ({ identity }: FastifyRequest, plant: PlantDescription): Sight =>
  sightOf(plant, identity?.lines);

function narrowed(plant: PlantDescription, names: readonly string[]): Sight {
  const lines = plant.lines.filter(({ id }) => names.includes(id));
  const ids = new Set(lines.flatMap(({ metrics, meters }) => [...metrics, ...meters].map(({ id }) => id)));
  const tags = plant.tags.filter((tag) => tag.lines.some((line) => names.includes(line)));
  const tagIds = new Set(tags.map(({ id }) => id));
  const endpoints = plant.endpoints.filter(({ id }) => tags.some(({ endpoint }) => endpoint === id));
  const shown = lines.map((line) => ({
    ...line,
    load: line.load !== null && tagIds.has(line.load) ? line.load : null,
  }));
  const own = tags.map((tag) => ({ ...tag, lines: tag.lines.filter((line) => names.includes(line)) }));
  return {
    plant: { ...plant, lines: shown, tags: own, endpoints },
    metric: (id) => ids.has(id),
    tag: (id) => tagIds.has(id),
    record(body) {
      const { metric, meter } = JSON.parse(body) as { metric?: string; meter?: string };
      const id = metric ?? meter;
      return id === undefined || ids.has(id);
    },
  };
}
