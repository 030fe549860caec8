import type { Flag, Line, Meter, PlantDescription, Tag, WindowKind } from '../contract.ts';
import { figureKey, type PageState } from './state.ts';

/** Signals that fail alike: of a device that is down, or of one that answers, for one reason. */
export interface Fault {
  /** The device that is down; null where it answers. */
  readonly device: string | null;
  readonly tags: readonly Tag[];
  /** When the device, or the first of the signals, went wrong. */
  readonly since: string;
  readonly reason: string | null;
}

export interface Quality {
  readonly total: number;
  readonly bad: number;
  readonly uncertain: number;
  /** Signals of which nothing was heard yet. */
  readonly waiting: number;
  /** Devices that are neither up nor down yet. */
  readonly connecting: number;
  /** Devices that are down first, then the largest. */
  readonly faults: readonly Fault[];
}

type Heard = Pick<PageState, 'tags' | 'endpoints'>;

/** What can be believed right now of a line's signals and of the devices that they come from. */
export function lineQuality(plant: PlantDescription, line: Line, heard: Heard): Quality {
  const tags = plant.tags.filter(({ lines }) => lines.includes(line.id));
  return qualityOf(tags, devicesOf(tags), heard);
}

/** The same of what enters no line's figures, but for what the lines tell already. */
export function otherQuality(plant: PlantDescription, heard: Heard): Quality {
  const told = devicesOf(plant.tags.filter(({ lines }) => lines.length > 0));
  const down = told.filter((id) => heard.endpoints.get(id)?.statusCode === 'bad');
  const tags = plant.tags.filter(({ lines, endpoint }) => lines.length === 0 && !down.includes(endpoint));
  const devices = plant.endpoints.map(({ id }) => id).filter((id) => !told.includes(id));
  return qualityOf(tags, devices, heard);
}

const devicesOf = (tags: readonly Tag[]): string[] => [...new Set(tags.map(({ endpoint }) => endpoint))];

function qualityOf(tags: readonly Tag[], devices: readonly string[], heard: Heard): Quality {
  const count = (status: 'bad' | 'uncertain' | undefined): number =>
    tags.filter(({ id }) => heard.tags.get(id)?.statusCode === status).length;
  const connecting = devices.filter((id) => (heard.endpoints.get(id)?.statusCode ?? 'uncertain') === 'uncertain');
  const down = devicesDown(tags, devices, heard);
  const answering = tags.filter(({ endpoint }) => !down.some(({ device }) => device === endpoint));
  return {
    total: tags.length,
    bad: count('bad'),
    uncertain: count('uncertain'),
    waiting: count(undefined),
    connecting: connecting.length,
    faults: [...down, ...signalFaults(answering, heard)],
  };
}

const devicesDown = (tags: readonly Tag[], devices: readonly string[], heard: Heard): Fault[] =>
  devices.flatMap((id) => {
    const device = heard.endpoints.get(id);
    if (device?.statusCode !== 'bad') return [];
    return { device: id, tags: tags.filter(({ endpoint }) => endpoint === id), ...sinceAndWhy(device) };
  });

function signalFaults(tags: readonly Tag[], heard: Heard): Fault[] {
  const groups = new Map<string, Fault>();
  for (const tag of tags) {
    const value = heard.tags.get(tag.id);
    if (!value || value.statusCode === 'good') continue;
    const key = JSON.stringify([tag.endpoint, value.statusCode, value.reason]);
    const group = groups.get(key) ?? { device: null, tags: [], ...sinceAndWhy(value) };
    const since = Date.parse(value.since) < Date.parse(group.since) ? value.since : group.since;
    groups.set(key, { ...group, tags: [...group.tags, tag], since });
  }
  return [...groups.values()].sort((a, b) => b.tags.length - a.tags.length);
}

const sinceAndWhy = ({ since, reason }: { since: string; reason: string | null }) => ({ since, reason });

/** What takes certainty from an amount. A rollover is none of it, nor is an odd reading that was left out. */
const MISHAPS = [
  'frozen',
  'replacement',
  'reset',
  'missed-pieces',
  'estimated',
  'clock-skew',
  'low-resolution',
] as const;
export type Mishap = Extract<Flag, (typeof MISHAPS)[number]>;

/** What befell the line's meters in its running window, and which of them. */
export const mishaps = (
  line: Line,
  kind: WindowKind,
  figures: PageState['figures'],
): { flag: Mishap; meters: readonly Meter[] }[] =>
  MISHAPS.map((flag) => ({
    flag,
    meters: line.meters.filter(({ id }) => figures.get(figureKey(id, kind))?.flags?.includes(flag)),
  })).filter(({ meters }) => meters.length > 0);
