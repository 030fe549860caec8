import { type Accumulator, type Doubt, total } from './accumulator.ts';
import type { Amount, Border, Coverage, Working } from './evaluation.ts';
import { HOUR } from './meter/contract.ts';
import type { MeterSpec } from './plan.ts';
import type { Ms } from './sample.ts';
import { combined, NO_TRACE, type Trace } from './trace.ts';

/** How an amount was formed, from what was gathered beside it. */

type Formed = Pick<Amount, 'value' | 'coverage'>;
/** What was formed of it, and how. */
type Told = Formed & Pick<Amount, 'statusCode'> & { readonly working: Working };

const NOWHERE: Border = { before: null, after: null };

/** Of an amount that was gathered over the `length` of its window that has passed. */
export function workingOf(meter: MeterSpec, acc: Accumulator, length: Ms): Working {
  const known = Math.min(acc.known, length);
  const common: Common = {
    readings: acc.trace.readings,
    bad: acc.trace.bad,
    unknown: length - known,
    estimated: Math.max(0, known - acc.measured),
    uncertain: acc.uncertain > 0 ? acc.uncertain : undefined,
    revised: false,
  };
  return ofKind(common, meter, acc.trace, total(acc), known, acc);
}

/** With what is particular to the kind of meter; means are over the known time. All at once: there is one of every meter and window. */
function ofKind(
  common: Common,
  meter: MeterSpec,
  trace: Trace,
  amount: number,
  known: Ms,
  { settled, uncertainPieces }: Pick<Accumulator, 'settled' | 'uncertainPieces'>,
): Working {
  const [start, end] = [trace.start ?? NOWHERE, trace.end ?? NOWHERE];
  const { readings, bad, unknown, estimated, uncertain, revised } = common;
  const hours = known / HOUR;
  switch (meter.kind) {
    case 'counter': {
      const { glitches } = trace;
      const scale = trace.scale ?? meter.scale;
      return { readings, bad, unknown, estimated, uncertain, revised, kind: 'counter', start, end, scale, glitches };
    }
    case 'gauge': {
      const { scale } = meter;
      const { least, most } = trace;
      const mean = ratio(amount, hours * scale);
      return {
        readings,
        bad,
        unknown,
        estimated,
        uncertain,
        revised,
        kind: 'gauge',
        start,
        end,
        scale,
        mean,
        least,
        most,
      };
    }
    case 'event': {
      const doubt = uncertainPieces > 0 && { uncertainPieces };
      return { ...common, kind: 'event', pieces: trace.pieces, ...doubt };
    }
    case 'product':
    case 'idle':
      return { ...common, kind: meter.kind };
    case 'faraday':
      return {
        ...common,
        kind: 'faraday',
        current: ratio(trace.charge, hours),
        cells: ratio(trace.theoretical, trace.charge * perUnitHour(meter)),
        efficiency: ratio(amount, trace.theoretical),
        constant: meter.constant,
        basis: settled > 0 ? 'settled' : 'estimate',
      };
  }
}

type Common = Pick<Working, 'readings' | 'bad' | 'unknown' | 'estimated' | 'uncertain' | 'revised'>;

/** Tonnes at full efficiency for one unit of the current tag in one cell during an hour. */
const perUnitHour = ({ constant, scale }: Extract<MeterSpec, { kind: 'faraday' }>): number => (constant / 1e6) * scale;

const ratio = (a: number, b: number): number | null => (b > 0 ? a / b : null);

/** The doubt of an amount with what came late; what is written without its measure by an older version stays in doubt. */
export function doubtLeft({ statusCode, working }: Pick<Amount, 'statusCode' | 'working'>, late: Doubt): Doubt {
  const uncertain = working?.uncertain ?? 0;
  const uncertainPieces = (working?.kind === 'event' && working.uncertainPieces) || 0;
  const isUnmeasured = statusCode !== 'good' && uncertain === 0 && uncertainPieces === 0;
  return {
    uncertain: uncertain + late.uncertain + Number(isUnmeasured),
    uncertainPieces: uncertainPieces + late.uncertainPieces,
  };
}

/** With what came after the window had closed; `after` is the amount as it is now. */
export function withLate(meter: MeterSpec, before: Told, after: Formed, late: Accumulator): Working {
  const length = late.end - late.start;
  const { working } = before;
  const trace = combined(traceOf(before, length), late.trace);
  const { uncertain, uncertainPieces } = doubtLeft(before, late);
  const settled = working.kind === 'faraday' && working.basis === 'settled' ? length : late.settled;
  const common: Common = {
    readings: trace.readings,
    bad: trace.bad,
    ...shares(after.coverage, length),
    ...(uncertain > 0 && { uncertain }),
    revised: true,
  };
  return ofKind(common, meter, trace, after.value, after.coverage.known * length, { settled, uncertainPieces });
}

const shares = ({ known, measured }: Coverage, length: Ms): Pick<Working, 'unknown' | 'estimated'> => ({
  unknown: Math.round((1 - known) * length),
  estimated: Math.round(Math.max(0, known - measured) * length),
});

/** The trace that a working was made from. */
function traceOf({ value, coverage, working }: Formed & { working: Working }, length: Ms): Trace {
  const { readings, bad } = working;
  const common = { ...NO_TRACE, readings, bad };
  switch (working.kind) {
    case 'counter':
      return { ...common, ...bordersOf(working), glitches: working.glitches, scale: working.scale };
    case 'gauge':
      return { ...common, ...bordersOf(working), least: working.least, most: working.most };
    case 'event':
      return { ...common, pieces: working.pieces };
    case 'product':
    case 'idle':
      return common;
    case 'faraday': {
      const charge = ((working.current ?? 0) * coverage.known * length) / HOUR;
      return { ...common, charge, theoretical: working.efficiency ? value / working.efficiency : 0 };
    }
  }
}

const isSomewhere = ({ before, after }: Border): boolean => before !== null || after !== null;
const bordersOf = ({ start, end }: { readonly start: Border; readonly end: Border }): Pick<Trace, 'start' | 'end'> => ({
  start: isSomewhere(start) ? start : null,
  end: isSomewhere(end) ? end : null,
});

/** Of metal that is multiplied by a settlement. */
export function withSettlement(working: Working, ratioOfMetal: number, isReal: boolean): Working {
  if (working.kind !== 'faraday') return working;
  const efficiency = working.efficiency === null ? null : working.efficiency * ratioOfMetal;
  return { ...working, efficiency, basis: isReal ? 'settled' : working.basis, revised: true };
}
