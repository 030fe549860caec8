import { useSpeech } from './context.ts';
import { hashOf, type Place, type View } from './route.ts';
import { useMayEnter, useSeesAll } from './session.tsx';
import { Shape } from './shapes.tsx';
import { standing } from './state/standing.ts';
import type { PageState } from './state/state.ts';

/** Those that show one line: from one to another it stays the same. */
const OF_A_LINE: readonly View[] = ['line', 'report', 'entries'];

/** Where one can go from everywhere, and what asks for a hand there. */
export function Nav({ place, state }: { place: Place; state: PageState }) {
  const { t } = useSpeech();
  const { alarms, signals } = standing(state);
  const [mayEnter, seesAll] = [useMayEnter(), useSeesAll()];
  return (
    <nav aria-label={t('nav.title')}>
      <Item view="overview" place={place} />
      <Item view="alarms" place={place} count={alarms} />
      {mayEnter && <Item view="entries" place={place} />}
      <Item view="report" place={place} />
      <Item view="signals" place={place} count={signals} />
      {seesAll && <Item view="system" place={place} />}
    </nav>
  );
}

function Item({ view, place, count = 0 }: { view: Exclude<View, 'line' | 'wall'>; place: Place; count?: number }) {
  const { t } = useSpeech();
  const here = place.view === view || (view === 'overview' && place.view === 'line');
  const id = OF_A_LINE.includes(view) && OF_A_LINE.includes(place.view) ? place.id : null;
  return (
    <a href={hashOf({ view, id })} aria-current={here ? 'page' : undefined}>
      {t(`nav.${view}`)}
      {count > 0 && (
        <span class="count">
          <Shape kind="alarm" />
          {count}
        </span>
      )}
    </a>
  );
}
