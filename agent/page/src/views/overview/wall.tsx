import type { PlantDescription } from '../../contract.ts';
import type { PageState } from '../../state/state.ts';
import { LineCard } from './lineCard.tsx';

/** So many lines are read from three metres at a time; of more, the next ones take their turn. */
const AT_A_TIME = 2;
const TURN_MS = 20_000;

/** The lines for a screen on a wall that nobody touches. */
export function Wall({ state, plant }: { state: PageState; plant: PlantDescription }) {
  const turns = Math.max(1, Math.ceil(plant.lines.length / AT_A_TIME));
  const turn = Math.floor(state.now / TURN_MS) % turns;
  return (
    <div class="lines">
      {plant.lines.slice(turn * AT_A_TIME, (turn + 1) * AT_A_TIME).map((line) => (
        <LineCard key={line.id} line={line} plant={plant} state={state} />
      ))}
    </div>
  );
}
