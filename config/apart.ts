import { compile } from './expression.ts';
import type { PlantConfig, TagConfig } from './plant.ts';
import { derivationOf } from './resolve.ts';

/** A configuration on its way from one thread to another: functions do not come along, and are made anew. */

/** The configuration as plain data. */
export const packed = (config: PlantConfig): PlantConfig => ({
  ...config,
  tags: config.tags.map(({ derivation: _, ...tag }) => tag),
});

/** What `packed` made plain data of. */
export function unpacked(config: PlantConfig): PlantConfig {
  const byId = new Map(config.tags.map((tag) => [tag.id, tag]));
  return { ...config, tags: config.tags.map((tag) => withDerivation(tag, byId)) };
}

function withDerivation(tag: TagConfig, byId: ReadonlyMap<string, TagConfig>): TagConfig {
  const { expression, inputs } = tag;
  if (expression === undefined || inputs === undefined) return tag;
  const compiled = compile(expression, Object.keys(inputs));
  if ('fault' in compiled) throw new TypeError(`${tag.id}: ${compiled.fault}`);
  const ids = Object.values(inputs);
  const tags = ids.map((id) => byId.get(id)!);
  return { ...tag, derivation: derivationOf(ids, tags, tag.period, compiled.evaluate) };
}
