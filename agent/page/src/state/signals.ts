import type { LiveValue, PlantDescription, Tag } from '../contract.ts';
import type { Language } from '../i18n/index.ts';

export interface SignalFilter {
  /** Every word is to be found in a signal's name, id or device. */
  readonly words: string;
  /** Only those that are not good. */
  readonly troubled: boolean;
}

/** The signals that a filter leaves, in the plant's order. */
export function signalsShown(
  { tags }: Pick<PlantDescription, 'tags'>,
  heard: ReadonlyMap<string, LiveValue>,
  { words, troubled }: SignalFilter,
  language: Language,
): Tag[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return tags.filter(({ id, name, endpoint }) => {
    if (troubled && heard.get(id)?.statusCode === 'good') return false;
    const text = `${name?.[language] ?? ''} ${id} ${endpoint}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

export type Device = PlantDescription['endpoints'][number];

/** The signals under their devices, in the plant's order; a device without any is left out. */
export function devicesWithSignals(
  { endpoints }: Pick<PlantDescription, 'endpoints'>,
  signals: readonly Tag[],
): { device: Device; signals: Tag[] }[] {
  const byDevice = Map.groupBy(signals, ({ endpoint }) => endpoint);
  const known = new Map(endpoints.map((device) => [device.id, device]));
  return [...known.keys(), ...[...byDevice.keys()].filter((id) => !known.has(id))].flatMap((id) => {
    const found = byDevice.get(id);
    return found ? [{ device: known.get(id) ?? { id, protocol: '' }, signals: found }] : [];
  });
}
