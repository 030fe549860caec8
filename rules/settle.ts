import { type Accumulator, addAmount, combine, emptyAccumulator, scaled, total } from './accumulator.ts';
import { type Draft, gathered } from './draft.ts';
import { folded } from './gather.ts';
import type { CalendarWindow, Window } from './interval.ts';
import { type FaradayState, turned } from './meter/faraday.ts';
import { knownUpTo, type MeterMind } from './meter/meter.ts';
import type { Ms } from './sample.ts';
import { efficiencyOf, type FaradaySpec, notSettled, type Period, settlementOf } from './settlement.ts';

/**
 * Metal from current gives way to metal really produced when a period's ladles are in, and again when one of them, or
 * a reading of the current or of the metal in the cells, comes late (metering.md §5).
 */

const mindOf = (draft: Draft, meter: number): FaradayState => {
  const { mind } = draft.meters.get(meter);
  if (mind.kind !== 'faraday')
    throw new TypeError(`meter ${draft.meters.get(meter).id} has the state of a ${mind.kind}`);
  return mind.of;
};

function keep(draft: Draft, meter: number, of: FaradayState): void {
  draft.meters.set(meter, { ...draft.meters.get(meter), mind: { kind: 'faraday', of } });
}

const specOf = (draft: Draft, meter: number): FaradaySpec & { settle: NonNullable<FaradaySpec['settle']> } =>
  draft.plan.meters[meter] as FaradaySpec & { settle: NonNullable<FaradaySpec['settle']> };

/** A group's first windows are those about `at`, and with them opens the first period of settlement. */
export function openFirst(draft: Draft, index: number, at: Ms): readonly CalendarWindow[] {
  const { groups, windows, calendarWindows } = draft.plan;
  const next = windows.map((kind) => calendarWindows.at(kind, at));
  draft.groups.setNext(index, next);
  for (const meter of groups[index]!.settling) {
    const { start, end } = next.find(({ kind }) => kind === specOf(draft, meter).settle.period)!;
    const state = mindOf(draft, meter);
    keep(draft, meter, { ...state, stock: turned(state.stock, start, end) });
  }
  return next;
}

/** A period closes: it is settled if it can be, and the next one opens. */
export function closePeriod(draft: Draft, group: number, meter: number, kind: number, window: CalendarWindow): void {
  const { settle } = specOf(draft, meter);
  if (window.kind !== settle.period) {
    rememberLonger(draft, meter, kind, window);
    return;
  }
  const state = mindOf(draft, meter);
  const stock = turned(state.stock, window.start, window.end);
  const period: Period = {
    start: window.start,
    end: window.end,
    metal: gathered(draft.meters.get(meter), kind, window),
    tapped: gathered(draft.meters.get(draft.plan.meterIndex.get(settle.tapped)!), kind, window),
    stockBefore: stock.before,
    stockAfter: stock.within ?? stock.before,
    factor: state.efficiency,
    isSettled: false,
    isDue: true,
  };
  const { end } = draft.plan.calendarWindows.at(window.kind, window.end);
  const periods = [...state.periods.filter((other) => other.end > draft.now - draft.plan.reviseWithin), period];
  keep(draft, meter, { ...state, periods, stock: turned(stock, window.end, end) });
  settlePeriod(draft, group, meter, periods.length - 1, true);
}

/** A longer window closes, maybe before all of its periods are settled. */
function rememberLonger(draft: Draft, meter: number, kind: number, window: CalendarWindow): void {
  const state = mindOf(draft, meter);
  const last = state.periods.at(-1);
  if (!last || window.end - window.start <= last.end - last.start) return;
  const { settled } = gathered(draft.meters.get(meter), kind, window);
  const oldest = draft.now - draft.plan.reviseWithin;
  keep(draft, meter, { ...state, longer: [...state.longer.filter(({ end }) => end > oldest), { ...window, settled }] });
}

/** How much of a closed window is settled with so much more of it. */
function settledOf(draft: Draft, meter: number, window: Window, more: Ms): Ms {
  const state = mindOf(draft, meter);
  const place = state.longer.findIndex(({ kind, start }) => kind === window.kind && start === window.start);
  if (place < 0) return 0;
  const settled = state.longer[place]!.settled + more;
  keep(draft, meter, { ...state, longer: state.longer.with(place, { ...window, settled }) });
  return settled;
}

/** Late amounts of closed periods belong to their settlement. */
export function absorbLate(draft: Draft, group: number): void {
  if (draft.late.size === 0) return;
  for (const meter of draft.plan.groups[group]!.settling) {
    const { id, settle } = specOf(draft, meter);
    const lateOf = (name: string, start: Ms): Accumulator | undefined =>
      draft.late.get(`${name}|${settle.period}|${start}`)?.late;
    const state = mindOf(draft, meter);
    const periods = state.periods.map((period): Period => {
      const [metal, tapped] = [lateOf(id, period.start), lateOf(settle.tapped, period.start)];
      if (!metal && !tapped) return period;
      return {
        ...period,
        metal: metal ? combine(period.metal, metal) : period.metal,
        tapped: tapped ? combine(period.tapped, tapped) : period.tapped,
        isDue: true,
      };
    });
    keep(draft, meter, { ...state, periods });
  }
}

/** Settles again what something came for since. */
export function settleDue(draft: Draft, group: number): void {
  for (const meter of draft.plan.groups[group]!.settling) {
    mindOf(draft, meter).periods.forEach((period, place) => {
      if (period.isDue) settlePeriod(draft, group, meter, place, false);
    });
  }
}

function settlePeriod(draft: Draft, group: number, meter: number, place: number, isFirst: boolean): void {
  const spec = specOf(draft, meter);
  const state = mindOf(draft, meter);
  const period = state.periods[place]!;
  // Before all is in, every reading would change the result, and with it each window of the period.
  const isIn = [meter, draft.plan.meterIndex.get(spec.settle.tapped)!].every((input) =>
    isHeard(draft.meters.get(input).mind, period.end),
  );
  const { mass, note } = isIn ? settlementOf(spec, period) : notSettled('ladles or current are still to come');
  const ratio = mass === null ? 1 : mass / total(period.metal);
  const isSame = mass === null || (period.isSettled && Math.abs(ratio - 1) < 1e-15);
  const isNews = mass === null ? isIn && note.event !== 'not-settled' : !isSame;
  if (isFirst || isNews) draft.outputs.push({ type: 'note', meter: spec.id, ...note });
  keep(draft, meter, { ...state, periods: state.periods.with(place, { ...period, isDue: !isIn }) });
  if (isSame) return;
  multiply(draft, group, meter, place, ratio, true);
  carryEfficiency(draft, group, meter, place);
}

/** Whether the meter knows all of its quantity up to `end`, weights of pieces included. */
const isHeard = (mind: MeterMind, end: Ms): boolean =>
  knownUpTo(mind) >= end &&
  (mind.kind !== 'event' || mind.of.pieces.every(({ t }) => t >= end || t <= mind.of.weighedAt));

/** Multiplies the metal of a period, in the windows inside it, which are closed, and in the longer ones. */
function multiply(draft: Draft, group: number, meter: number, place: number, ratio: number, isReal: boolean): void {
  const { id, settle } = specOf(draft, meter);
  const state = mindOf(draft, meter);
  const period = state.periods[place]!;
  const { start, end } = period;
  const window: CalendarWindow = { kind: settle.period, start, end };
  draft.outputs.push({ type: 'settle', meter: id, window, ratio, isReal });
  const settled = isReal && !period.isSettled ? end - start : 0;
  correctLonger(draft, group, meter, window, (ratio - 1) * total(period.metal), settled);
  const next = { ...period, metal: scaled(period.metal, ratio), factor: period.factor * ratio };
  const now = mindOf(draft, meter);
  keep(draft, meter, { ...now, periods: now.periods.with(place, { ...next, isSettled: isReal || period.isSettled }) });
}

/** Windows that hold the whole period and more: open ones take the correction in, closed ones as something late. */
function correctLonger(
  draft: Draft,
  group: number,
  meter: number,
  period: CalendarWindow,
  correction: number,
  settled: Ms,
): void {
  draft.groups.next(group)!.forEach((next, kind) => {
    if (next.kind === period.kind) return;
    const window = draft.plan.calendarWindows.at(next.kind, period.start);
    const isLonger = window.end - window.start > period.end - period.start;
    const isClosed = window.end <= next.start;
    if (window.start > period.start || window.end < period.end || (isClosed && !isLonger)) return;
    const acc = emptyAccumulator(window.start, window.end);
    const flagged: Accumulator = settled > 0 ? { ...acc, flags: ['settled'] } : acc;
    const inAll = isClosed ? settledOf(draft, meter, window, settled) : settled;
    const late = { ...addAmount(flagged, correction), settled: inAll };
    const { id } = draft.meters.get(meter);
    if (isClosed) draft.outputs.push({ type: 'amend', meter: id, window, late });
    else addOpen(draft, meter, kind, window, late);
  });
}

function addOpen(draft: Draft, meter: number, kind: number, window: Window, late: Accumulator): void {
  const state = folded(draft.meters.get(meter));
  const open = state.open[kind]!.map((acc) => (acc.start === window.start ? combine(acc, late) : acc));
  draft.meters.set(meter, { ...state, open: state.open.with(kind, open) });
}

/** The efficiency found holds from the end of its period on, until another is settled. */
function carryEfficiency(draft: Draft, group: number, meter: number, place: number): void {
  const { periods } = mindOf(draft, meter);
  const efficiency = efficiencyOf(periods[place]!);
  for (let later = place + 1; later < periods.length; later++) {
    const period = periods[later]!;
    if (period.isSettled) return;
    if (period.factor !== efficiency) multiply(draft, group, meter, later, efficiency / period.factor, false);
  }
  const state = mindOf(draft, meter);
  const ratio = efficiency / state.efficiency;
  keep(draft, meter, { ...state, efficiency });
  if (ratio !== 1) multiplyOpen(draft, group, meter, periods.at(-1)!.end, ratio);
}

/** What has been estimated in the open period counts at the new efficiency too. */
function multiplyOpen(draft: Draft, group: number, meter: number, from: Ms, ratio: number): void {
  const { id, settle } = specOf(draft, meter);
  const next = draft.groups.next(group);
  const window = draft.plan.calendarWindows.at(settle.period, from);
  if (next!.some(({ start }) => start > from && start < window.end))
    draft.outputs.push({ type: 'settle', meter: id, window, ratio, isReal: false });
  const state = folded(draft.meters.get(meter));
  const ofPeriod = state.open[next!.findIndex(({ kind }) => kind === settle.period)]!;
  const since = total(ofPeriod.find(({ start }) => start === from) ?? emptyAccumulator(from, from));
  const open = state.open.map((accumulators) =>
    accumulators.map((acc) => {
      if (acc.start >= from) return scaled(acc, ratio);
      return acc.end > from ? addAmount(acc, (ratio - 1) * since) : acc;
    }),
  );
  draft.meters.set(meter, { ...state, open });
}
