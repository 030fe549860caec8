import { useSpeech } from '../../context.ts';
import { Shape } from '../../shapes.tsx';
import type { Load } from '../../state/load.ts';

const SHAPE = { running: 'dot', idle: 'ring', stopped: 'pause' } as const;

/** What the line is doing, in a word or as its load. */
export function LoadText({ load }: { load: NonNullable<Load> }) {
  const { t, format } = useSpeech();
  if (typeof load !== 'string')
    return (
      <span class="load">
        {format.number(load.value)} {format.unit(load.unit)}
      </span>
    );
  return (
    <span class={`load ${load}`}>
      <Shape kind={SHAPE[load]} />
      {t(`load.${load}`)}
    </span>
  );
}
