import type { LiveValue, PlantDescription } from '../contract.ts';

export interface DeviceDown {
  readonly id: string;
  readonly since: string;
  readonly reason: string | null;
}

/** Signals of one device that are not good for one reason. */
export interface Fault {
  readonly tags: readonly string[];
  readonly statusCode: 'uncertain' | 'bad';
  /** When the first of them went wrong. */
  readonly since: string;
  readonly reason: string | null;
}

export interface Quality {
  readonly total: number;
  readonly bad: number;
  readonly uncertain: number;
  /** Signals of which nothing was heard yet. */
  readonly waiting: number;
  readonly devices: number;
  /** Devices that are neither up nor down yet. */
  readonly connecting: number;
  readonly down: readonly DeviceDown[];
  /** Faults of signals whose device answers, the largest first. */
  readonly faults: readonly Fault[];
}

/** What can be believed right now, signal by signal. */
export function quality(
  plant: PlantDescription,
  tags: ReadonlyMap<string, LiveValue>,
  endpoints: ReadonlyMap<string, LiveValue>,
): Quality {
  const devices = plant.endpoints.map(({ id }) => endpoints.get(id));
  const down = devices
    .filter((device) => device?.statusCode === 'bad')
    .map((device) => ({ id: device!.id, since: device!.since, reason: device!.reason }));
  const heard = plant.tags.map(({ id, endpoint }) => ({ endpoint, value: tags.get(id) }));
  const answering = heard.filter(({ endpoint }) => !down.some(({ id }) => id === endpoint));
  const count = (status: LiveValue['statusCode']): number =>
    heard.filter(({ value }) => value?.statusCode === status).length;
  return {
    total: plant.tags.length,
    bad: count('bad'),
    uncertain: count('uncertain'),
    waiting: heard.filter(({ value }) => !value).length,
    devices: devices.length,
    connecting: devices.filter((device) => !device || device.statusCode === 'uncertain').length,
    down,
    faults: grouped(answering),
  };
}

function grouped(heard: readonly { endpoint: string; value: LiveValue | undefined }[]): Fault[] {
  const groups = new Map<string, Fault>();
  for (const { endpoint, value } of heard) {
    if (!value || value.statusCode === 'good') continue;
    const { id, statusCode, since, reason } = value;
    const key = JSON.stringify([endpoint, statusCode, reason]);
    const group = groups.get(key) ?? { tags: [], statusCode, since, reason };
    const first = Date.parse(since) < Date.parse(group.since) ? since : group.since;
    groups.set(key, { ...group, tags: [...group.tags, id], since: first });
  }
  return [...groups.values()].sort((a, b) => b.tags.length - a.tags.length);
}
