import type { Accumulator } from './accumulator.ts';
import type { Mark as Seen } from './evaluation.ts';
import type { Surroundings } from './gather.ts';
import { type Dropped, HOUR, type MeterEvent, type Note, type Reading } from './meter/contract.ts';
import { type CounterState, fitsInto, type Mark, wentBack } from './meter/counter.ts';
import { fitted } from './meter/swap.ts';
import type { Ms } from './sample.ts';
import type { MeterState } from './state.ts';

/** What is not used of a meter's readings: all of it is counted, and said now and then. */

/** A meter says at most once in so long that it refuses readings for one reason; all are counted. */
const SAID_EVERY: Ms = HOUR;

/** When a refusal was last recorded, by its reason. */
export type Said = Readonly<Partial<Record<MeterEvent, Ms>>>;
export const NOTHING_SAID: Said = {};

/** Records a refusal, unless one for the same reason was recorded a short while ago. */
export function said(around: Surroundings, state: MeterState, note: Note): MeterState {
  const last = state.said[note.event];
  if (last !== undefined && Math.abs(around.now - last) < SAID_EVERY) return state;
  around.note(note);
  return { ...state, said: { ...state.said, [note.event]: around.now } };
}

/** Counts what had no room, and says so. */
export function counted(around: Surroundings, state: MeterState, dropped: Dropped | undefined): MeterState {
  if (!dropped) return state;
  const detail = `${dropped.what}: the oldest are let go`;
  return said(around, { ...state, dropped: state.dropped + dropped.count }, { event: 'dropped', detail });
}

/**
 * Readings from before what was taken are not used. One of a register that fits into its course was held up on its way;
 * one that does not is of a clock that went back.
 */
export function refuseLate(around: Surroundings, state: MeterState, late: readonly Reading[]): MeterState {
  const refused = { ...state, late: state.late + late.length };
  const faults = late.filter((reading) => isClockFault(around, state, reading));
  const [held] = late.filter((reading) => !faults.includes(reading));
  const told = held ? said(around, refused, { event: 'late', detail: comesAfter(state, held) }) : refused;
  const [fault] = faults;
  if (!fault) return told;
  const detail = `${comesAfter(state, fault)}, and its count ${fault.value} does not fit into the course of the register: its clock went back, or stands`;
  const mind = { kind: 'counter' as const, of: faults.reduce(wentBack, told.mind.of as CounterState) };
  return said(around, { ...told, mind }, { event: 'clock-fault', detail });
}

const comesAfter = ({ settled }: MeterState, { t, input }: Reading): string =>
  `a reading of ${t} after that of ${settled[input]} was taken`;

function isClockFault({ meter }: Surroundings, state: MeterState, reading: Reading): boolean {
  const { mind } = state;
  if (meter.kind !== 'counter' || mind.kind !== 'counter' || reading.input !== 0) return false;
  return !fitsInto(fitted(meter, mind.of), courseOf(state, mind.of), reading);
}

/** What is still known of a register's earlier readings, oldest first: those about the borders of its open windows. */
function courseOf({ open, outer, cell }: MeterState, { base }: CounterState): readonly Mark[] {
  const marks = [...open.flat(), outer ?? [], cell ?? []].flat().flatMap(bordersOf).map(markFrom);
  return [...marks, ...(base ? [base] : [])].sort((a, b) => a.t - b.t);
}

const bordersOf = ({ trace }: Accumulator): Seen[] =>
  [trace.start, trace.end].flatMap((border) => [border?.before ?? [], border?.after ?? []].flat());

const markFrom = ({ at, value }: Seen): Mark => ({
  ...{ t: at, statusCode: 'good' },
  count: typeof value === 'string' ? BigInt(value) : value,
});
