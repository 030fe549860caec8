import { emptyAccumulator } from '../accumulator.ts';
import { aroundMeter, type Draft } from '../draft.ts';
import { dueAt } from '../due.ts';
import { takeOutcome } from '../gather.ts';
import type { Window } from '../interval.ts';
import { type Figure, meterFigure, metricFigure } from '../metric.ts';
import { counted } from '../refusal.ts';
import { isTally, type Segment } from '../segment.ts';
import type { ProductState } from './borders.ts';
import type { Product } from './plan.ts';
import { idlePart, isOver, share } from './share.ts';
import { endOf, type Stretch, since } from './stretch.ts';

/**
 * Windows of pieces. One closes when its piece is over and named, and all its meters have passed its end, by the same
 * rule as a window of the calendar. Amounts that come later for it are revisions, and so is a weight. Its borders do not
 * move: tags that tell them late are waited for, and where one was seen only after a gap in its tag, the windows on both
 * sides are uncertain from the first. An identity that comes more than an hour late stands in the revisions only.
 */

/** Divides what a group's meters have counted. */
export function dividePieces(draft: Draft, group: number): void {
  for (const product of draft.plan.groups[group]!.products)
    for (const part of product.parts) divide(draft, group, product, part);
}

/** Closes the windows of the pieces that are over. */
export function closePieces(draft: Draft, group: number): void {
  for (const product of draft.plan.groups[group]!.products) closeDue(draft, group, product);
}

const stateOf = (draft: Draft, { meter }: Product): ProductState => {
  const { mind } = draft.meters.get(meter);
  if (mind.kind !== 'product') throw new TypeError(`a product meter has the state of a ${mind.kind}`);
  return mind.of;
};

function keep(draft: Draft, { meter }: Product, of: ProductState): void {
  draft.meters.set(meter, { ...draft.meters.get(meter), mind: { kind: 'product', of } });
}

function divide(draft: Draft, group: number, product: Product, part: Product['parts'][number]): void {
  const { id } = draft.plan.meters[part.meter]!;
  const fresh = draft.taken.get(part.meter) ?? [];
  draft.taken.delete(part.meter);
  const before = stateOf(draft, product);
  if (fresh.length === 0 && (before.waiting[id] ?? []).length === 0) return;
  const { state, parts, late, dropped } = share(before, id, part.weighs, fresh);
  keep(draft, product, state);
  const next = draft.groups.next(group)!;
  const around = aroundMeter(draft, part.meter, next);
  if (dropped) draft.meters.set(part.meter, counted(around, draft.meters.get(part.meter), dropped));
  for (const { segment, stretch } of late) around.amend(windowOf(product, stretch!), segment);
  for (const idle of part.idle)
    idled(draft, group, idle, parts.filter(({ segment }) => !isTally(segment)).map(idlePart));
}

/** Gives an idle meter its amounts. */
function idled(draft: Draft, group: number, meter: number, segments: readonly Segment[]): void {
  const state = draft.meters.get(meter);
  if (segments.length === 0 || state.mind.kind !== 'idle') return;
  const t = segments.reduce((last, { start, end }) => (end > start ? Math.max(last, end) : last), state.mind.of.t);
  const around = aroundMeter(draft, meter, draft.groups.next(group)!);
  draft.meters.set(meter, takeOutcome(around, state, { mind: { kind: 'idle', of: { t } }, segments, notes: [] }));
}

const windowOf = ({ kind }: Product, stretch: Stretch): Window => ({
  ...{ kind, start: stretch.start, end: endOf(stretch) },
  ...(stretch.pieces.length > 0 && { product: stretch.pieces.map(({ id }) => id).join(', ') }),
});

/** Whether the window of a piece may close. */
export const arePiecesDue = (draft: Draft, group: number): boolean =>
  draft.plan.groups[group]!.products.some((product) => {
    const state = stateOf(draft, product);
    const first = state.stretches.find((stretch) => !stretch.isClosed && isOver(state, stretch, draft.now));
    return first !== undefined && isDue(draft, group, windowOf(product, first));
  });

function isDue(draft: Draft, group: number, window: Window): boolean {
  const { plan, now, resumedAt, meters } = draft;
  return now >= dueAt(plan, plan.groups[group]!, meters, resumedAt, window);
}

function closeDue(draft: Draft, group: number, product: Product): void {
  const { plan, now } = draft;
  const before = stateOf(draft, product);
  let { stretches } = before;
  for (const [place, stretch] of stretches.entries()) {
    if (stretch.isClosed || !isOver(before, stretch, now)) continue;
    const window = windowOf(product, stretch);
    if (!isDue(draft, group, window)) break;
    close(draft, product, stretch, window);
    stretches = stretches.with(place, { ...stretch, isClosed: true, amounts: {} });
  }
  const kept = since(stretches, now - plan.reviseWithin);
  if (kept !== before.stretches) keep(draft, product, { ...before, stretches: kept });
}

function close({ plan, outputs }: Draft, { parts, metrics }: Product, stretch: Stretch, window: Window): void {
  const figures = new Map<string, Figure>();
  for (const { meter } of parts) {
    const spec = plan.meters[meter]!;
    const gathered = stretch.amounts[spec.id] ?? emptyAccumulator(window.start, window.end);
    const length = window.end - window.start;
    const uncertain = gathered.uncertain + (stretch.statusCode === 'good' ? 0 : length);
    figures.set(spec.id, meterFigure(spec, window, { ...gathered, end: window.end, uncertain }, length));
  }
  for (const figure of figures.values()) outputs.push({ type: 'figure', figure });
  for (const metric of metrics)
    outputs.push({ type: 'figure', figure: metricFigure(metric, window, (id) => figures.get(id)!) });
}
