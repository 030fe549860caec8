import type { Line, LiveValue, PlantDescription } from '../contract.ts';
import { figureKey, type PageState } from './state.ts';

/** What a line is doing: a load in a unit, or one of three words; null where nothing tells. */
export type Load = { readonly value: number; readonly unit: string } | 'running' | 'idle' | 'stopped' | null;

/** By the tag that says so: not 0 is running, 0 is idle, and stopped when the hour has made nothing either. */
export function loadOf(
  plant: PlantDescription,
  line: Line,
  { tags, figures }: Pick<PageState, 'tags' | 'figures'>,
): Load {
  const heard = line.load === null ? undefined : tags.get(line.load);
  if (!isKnown(heard)) return null;
  const unit = plant.tags.find(({ id }) => id === line.load)?.unit ?? '1';
  if (unit !== '1') return { value: heard.value, unit };
  if (heard.value !== 0) return 'running';
  return figures.get(figureKey(line.main, 'hour'))?.reason === 'no-production' ? 'stopped' : 'idle';
}

const isKnown = (heard: LiveValue | undefined): heard is LiveValue & { value: number } =>
  heard !== undefined && heard.value !== null && heard.statusCode !== 'bad';
