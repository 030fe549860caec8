import type { PlantConfig } from '../../config/plant.ts';
import type { Evaluation } from '../../rules/evaluation.ts';
import { type Window, windowAt } from '../../rules/interval.ts';
import { sharesCells } from '../../rules/meter/byHand.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Span } from '../../rules/state.ts';
import type { Store, StoredEntry } from '../store/contract.ts';
import { fromWire } from '../wire.ts';
import type { Entered, Explanation, Revision } from './contract.ts';
import { revisionsAround } from './revisions.ts';
import { metersOf } from './subject.ts';

/** Entries that are told of one figure, and those that are looked through for them. */
const MOST_ENTERED = 30;
const MOST_READ = 1_000;

interface Reach {
  /** Of the meters' entries, what time they must be about. */
  readonly meters: ReadonlyMap<string, Span>;
  readonly from: Ms;
}

/** What operators entered, until `to`, about the time of a figure, or about the periods by which its metal is settled. */
export async function enteredAbout(
  config: PlantConfig,
  store: Pick<Store, 'entered'>,
  figure: Evaluation,
  to: Ms,
  revisions: readonly Revision[],
): Promise<Pick<Explanation, 'entered' | 'hasMoreEntered'>> {
  const { meters, from } = reachOf(config, figure);
  const rows = await store.entered([...meters.keys()], from, to, MOST_READ);
  const about = rows
    .map((row) => enteredFrom(config, row))
    .filter((one) => isOfPiece(one, figure.window) ?? isTold(config, one, meters.get(one.body.meter)!, revisions));
  return {
    entered: about.slice(0, MOST_ENTERED),
    hasMoreEntered: about.length > MOST_ENTERED || rows.length === MOST_READ,
  };
}

function enteredFrom({ meters }: PlantConfig, { at, body: json }: StoredEntry): Entered {
  const { about, ...body } = JSON.parse(json) as Omit<Entered['body'], 'about'> & {
    about?: { from: string; to: string } | null;
  };
  const span = about ? { from: fromWire(about.from), to: fromWire(about.to) } : null;
  return { at, unit: meters.find(({ id }) => id === body.meter)?.unit ?? '', body: { ...body, about: span } };
}

/** A piece's window is told what was entered of that piece, whenever it was weighed; null where time decides. */
function isOfPiece({ body }: Entered, { product }: Window): boolean | null {
  const { piece } = body.entered;
  return product === undefined || piece === undefined ? null : product.split(', ').includes(String(piece));
}

/** A meter's exchange that is told of later gives what was counted since another scale, and cells the metal since another amount. */
function isTold(config: PlantConfig, { at, body }: Entered, reach: Span, revisions: readonly Revision[]): boolean {
  if (isWithin(reach, body.about ?? { from: at, to: at })) return true;
  if (body.type !== 'swap' && body.type !== 'cells') return false;
  const [before, now] = revisionsAround(at, revisions);
  const concerned = [body.meter, ...(body.type === 'cells' ? withCellsOf(config, body.meter) : [])];
  const valueIn = (revision: Revision | undefined): number | undefined =>
    revision?.figure.amounts.find(({ meter }) => concerned.includes(meter))?.value;
  return before !== undefined && valueIn(before) !== valueIn(now);
}

const isWithin = (reach: Span, { from, to }: Span): boolean => from <= reach.to && to >= reach.from;

function reachOf(config: PlantConfig, figure: Evaluation): Reach {
  const own = spanOf(figure.window);
  const meters = new Map(metersOf(config, figure).map((id) => [id, own]));
  for (const { meter } of figure.amounts) {
    const spec = config.meters.find(({ id }) => id === meter);
    for (const other of withCellsOf(config, meter)) if (!meters.has(other)) meters.set(other, own);
    if (spec?.kind !== 'faraday' || !spec.settle) continue;
    const { period, tapped } = spec.settle;
    const settled = {
      from: windowAt(config.plant.calendar, period, own.from).start,
      to: windowAt(config.plant.calendar, period, own.to).end,
    };
    // Metal is told at the very border of a period.
    meters.set(meter, settled).set(tapped, { ...settled, to: settled.to - 1 });
  }
  return { meters, from: Math.min(...[...meters.values()].map(({ from }) => from)) };
}

/** The meters whose cells are told together with those of this one. */
const withCellsOf = ({ meters }: PlantConfig, id: string): string[] => {
  const meter = meters.find((one) => one.id === id);
  return meters.filter((one) => meter && one !== meter && sharesCells(one, meter)).map((one) => one.id);
};

const spanOf = ({ start, end }: Window): Span => ({ from: start, to: end - 1 });
