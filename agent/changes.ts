import { needsRestart, PARTS, type PlantDiff } from '../config/diff.ts';
import type { ConfigBody } from './stream/protocol.ts';

/** Changes that one record tells of. */
const MOST_TOLD = 1_000;

/** The record of a configuration that takes over from another. */
export function configBody(
  of: Pick<ConfigBody, 'before' | 'after'>,
  diff: PlantDiff,
  redefined: readonly string[],
): ConfigBody {
  const changes = changesIn(diff);
  return {
    ...of,
    changes: changes.slice(0, MOST_TOLD),
    more: Math.max(0, changes.length - MOST_TOLD),
    redefined: [...redefined],
    waiting: needsRestart(diff).map(({ key }) => key),
  };
}

function changesIn(diff: PlantDiff): ConfigBody['changes'] {
  const waiting = new Set(needsRestart(diff));
  return [
    ...PARTS.flatMap((part): ConfigBody['changes'] => {
      const { added, removed, changed } = diff[part];
      return [
        ...added.map((id) => ({ part, id, change: 'added' as const })),
        ...removed.map((id) => ({ part, id, change: 'removed' as const })),
        ...changed.map(({ id, changes }) => ({
          ...{ part, id, change: 'changed' as const },
          keys: changes.map(({ key }) => key),
        })),
      ];
    }),
    ...diff.settings
      .filter((change) => !waiting.has(change))
      .map(({ key }) => ({ part: 'settings' as const, id: key, change: 'changed' as const })),
  ];
}
