import type { PlantDescription } from '../../contract.ts';
import type { PageState } from '../../state/state.ts';
import { LineCard } from './lineCard.tsx';
import { OtherSignals } from './quality.tsx';

/** A card per line; below, what is wrong beside them. */
export function Overview({ state, plant }: { state: PageState; plant: PlantDescription }) {
  return (
    <>
      <div class="lines">
        {plant.lines.map((line) => (
          <LineCard key={line.id} line={line} plant={plant} state={state} />
        ))}
      </div>
      <OtherSignals state={state} plant={plant} />
    </>
  );
}
