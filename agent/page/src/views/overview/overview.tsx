import type { PlantDescription } from '../../contract.ts';
import type { PageState } from '../../state/state.ts';
import { LineCard } from './lineCard.tsx';
import { QualityLine } from './quality.tsx';

/** A card per line, and below whether to believe them. */
export function Overview({ state, plant }: { state: PageState; plant: PlantDescription }) {
  return (
    <>
      <div class="lines">
        {plant.lines.map((line) => (
          <LineCard key={line.id} line={line} plant={plant} state={state} />
        ))}
      </div>
      <QualityLine state={state} plant={plant} />
    </>
  );
}
