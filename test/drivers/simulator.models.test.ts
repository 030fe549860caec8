import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flow, type Line } from '../../drivers/simulator/flow.ts';
import { Mill } from '../../drivers/simulator/mill.ts';
import { KG_PER_KAH, Potline } from '../../drivers/simulator/potline.ts';
import { dayStart, shiftStart } from '../../drivers/simulator/tapping.ts';
import { runs } from '../support/properties.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const ORIGIN = Date.parse('2026-03-02T00:00:00+08:00');

/** What an agent does that polls on whole seconds: trapezoids over what it reads. */
function trapezoids(line: Line, flow: Flow, hours: number): number {
  let last = line.rate(flow);
  let doubled = 0;
  for (let at = line.time + SECOND, end = line.time + hours * HOUR; at <= end; at += SECOND) {
    const next = line.advance(at).rate(flow);
    doubled += last + next;
    last = next;
  }
  return doubled / 7200;
}

const flowsOf = (line: object): [string, Flow][] =>
  Object.entries(line).filter((entry): entry is [string, Flow] => entry[1] instanceof Flow);

const snapshot = (line: Mill | Potline): unknown => ({
  time: line.time,
  flows: flowsOf(line).map(([name, flow]) => [name, line.rate(flow), line.total(flow)]),
  pieces: line.scale.pieces.filter((piece) => piece.at <= line.time),
  days: line instanceof Potline ? line.days() : [],
});

describe('any line', () => {
  const lines = {
    mill: (seed: number) => new Mill(seed, ORIGIN),
    potline: (seed: number) => new Potline(seed, ORIGIN),
  };

  it.each(Object.keys(lines) as (keyof typeof lines)[])(
    '%s: every total is exactly the integral of its rate',
    (name) => {
      for (const [flow] of flowsOf(lines[name](7))) {
        const line = lines[name](7);
        const [, watched] = flowsOf(line).find(([other]) => other === flow)!;
        expect(trapezoids(line, watched, 2)).toBe(line.total(watched));
        expect(line.total(watched)).toBeGreaterThan(0);
      }
    },
  );

  it('is a straight line within a second', () => {
    const line = new Mill(7, ORIGIN).advance(ORIGIN + HOUR);
    const [from, before] = [line.rate(line.drive), line.total(line.drive)];
    const middle = line.advance(ORIGIN + HOUR + 250).rate(line.drive);
    const quarter = line.total(line.drive) - before;
    const to = line.advance(ORIGIN + HOUR + SECOND).rate(line.drive);
    expect(middle).toBeCloseTo(from + (to - from) / 4, 9);
    expect(quarter).toBeCloseTo(((from + middle) / 2) * (0.25 / 3600), 9);
  });

  it('is the same however the way is cut into steps', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer({ min: 1, max: 900_000 }), { maxLength: 20 }), (seed, steps) => {
        for (const make of Object.values(lines)) {
          const [stepped, jumped] = [make(seed), make(seed)];
          let at = ORIGIN;
          for (const step of steps) {
            at += step;
            stepped.advance(at);
          }
          expect(snapshot(stepped)).toEqual(snapshot(jumped.advance(at)));
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('follows its seed, and never goes back', () => {
    const hourWith = (seed: number) => snapshot(new Mill(seed, ORIGIN).advance(ORIGIN + HOUR));
    expect(hourWith(1)).toEqual(hourWith(1));
    expect(hourWith(1)).not.toEqual(hourWith(2));
    const line = new Potline(1, ORIGIN).advance(ORIGIN + HOUR);
    const before = snapshot(line);
    expect(snapshot(line.advance(ORIGIN))).toEqual(before);
  });
});

describe('the rolling mill', () => {
  const days = 10;
  const mill = new Mill(1, ORIGIN);
  const shifts = Array.from({ length: days * 3 }, (_, nth) => {
    const flows = [mill.drive, mill.auxiliaries, mill.newWater, mill.gas] as const;
    const before = flows.map((flow) => mill.total(flow));
    const weighed = mill.scale.total(mill.time);
    mill.advance(ORIGIN + (nth + 1) * 8 * HOUR);
    const tonnes = mill.scale.total(mill.time) - weighed;
    const [drive, auxiliaries, water, gas] = flows.map((flow, index) => (mill.total(flow) - before[index]!) / tonnes);
    return { electricity: drive! + auxiliaries!, water: water!, gas: gas! };
  });

  it('rolls coils of 18 to 25 t, weighed to 0.01 t, numbered without a hole', () => {
    const coils = mill.scale.pieces;
    expect(coils.length / days).toBeGreaterThan(350);
    expect(coils.every(({ weight }) => weight >= 18 && weight <= 25)).toBe(true);
    expect(coils.every(({ weight }) => Math.round(weight * 100) / 100 === weight)).toBe(true);
    expect(coils.map(({ sequence }) => sequence)).toEqual(coils.map((_, nth) => 1001 + nth));
    const sum = coils.reduce((tonnes, { weight }) => tonnes + weight, 0);
    expect(mill.scale.total(coils.at(-1)!.at)).toBeCloseTo(sum, 6);
  });

  it('shows a coil from the instant at which it is weighed', () => {
    const coil = mill.scale.pieces[10]!;
    expect(mill.scale.last(coil.at)).toBe(coil);
    expect(mill.scale.last(coil.at - 1)).toBe(mill.scale.pieces[9]);
    expect(mill.scale.last(ORIGIN).sequence).toBe(1000);
  });

  it('uses what such mills use; new water crosses its limit in some shifts', () => {
    for (const { electricity, gas } of shifts) {
      expect(electricity).toBeGreaterThan(100);
      expect(electricity).toBeLessThan(130);
      expect(gas).toBeGreaterThan(28);
      expect(gas).toBeLessThan(48);
    }
    const over = shifts.filter(({ water }) => water > 2.7).length;
    expect(over).toBeGreaterThan(0);
    expect(over).toBeLessThan(shifts.length / 2);
  });
});

describe('the potline', () => {
  const start = Date.parse('2026-03-02T20:00:00+08:00');

  it('makes metal by Faraday from current and cells, at 0.93 on the first day and otherwise on the next', () => {
    const line = new Potline(3, start);
    const tonnes: Record<number, number> = {};
    let [kA, cells] = [line.rate(line.current), line.cells];
    for (let at = start + SECOND; at <= start + 8 * HOUR; at += SECOND) {
      const next = line.advance(at).rate(line.current);
      const day = dayStart(at - SECOND);
      tonnes[day] = (tonnes[day] ?? 0) + (((KG_PER_KAH / 1000) * cells * (kA + next)) / 2) * (1 / 3600);
      [kA, cells] = [next, line.cells];
    }
    const [first, second, ...others] = line.days();
    expect(others).toEqual([]);
    expect(first!.efficiency).toBe(0.93);
    expect(second!.efficiency).toBeGreaterThanOrEqual(0.926);
    expect(second!.efficiency).toBeLessThanOrEqual(0.934);
    expect(second!.efficiency).not.toBe(0.93);
    for (const day of [first!, second!]) expect(day.theoretical / tonnes[day.start]!).toBeCloseTo(1, 12);
    const produced = first!.theoretical * 0.93 + second!.theoretical * second!.efficiency;
    expect(line.metalProduced()).toBeCloseTo(produced, 9);
  });

  it('keeps in its cells what was produced and not tapped', () => {
    const line = new Potline(3, start);
    const initial = line.metalInCells();
    for (let hour = 1; hour <= 72; hour += 1) {
      line.advance(start + hour * HOUR + hour * 17);
      const tapped = line.scale.total(line.time);
      expect(line.metalInCells()).toBe(initial + line.metalProduced() - tapped);
      const days = line.days();
      expect(days.reduce((tonnes, day) => tonnes + day.tapped, 0)).toBeCloseTo(tapped, 9);
    }
  });

  it('taps ladles of 7 to 9 t through the shift, about what it produces, none near its ends', () => {
    const line = new Potline(5, ORIGIN);
    let [produced, tapped] = [0, 0];
    for (let shift = 1; shift <= 12; shift += 1) {
      line.advance(ORIGIN + shift * 8 * HOUR);
      const [made, drawn] = [line.metalProduced() - produced, line.scale.total(line.time) - tapped];
      expect(Math.abs(drawn / made - 1)).toBeLessThan(0.06);
      expect(drawn).not.toBe(made);
      [produced, tapped] = [produced + made, tapped + drawn];
    }
    for (const { at, weight } of line.scale.pieces) {
      expect(weight).toBeGreaterThanOrEqual(7);
      expect(weight).toBeLessThanOrEqual(9);
      expect(at - shiftStart(at)).toBeGreaterThanOrEqual(10 * MINUTE);
      expect(at - shiftStart(at)).toBeLessThanOrEqual(8 * HOUR - 15 * MINUTE);
    }
  });

  it('uses about 13 000 kWh/t AC, some hours less and some more, 0.98 of it as DC', () => {
    const line = new Potline(1, ORIGIN);
    const hours: number[] = [];
    let [energy, metal] = [0, 0];
    for (let hour = 1; hour <= 72; hour += 1) {
      line.advance(ORIGIN + hour * HOUR);
      const ac = line.total(line.rectifier1) + line.total(line.rectifier2);
      hours.push((ac - energy) / (line.metalProduced() - metal));
      [energy, metal] = [ac, line.metalProduced()];
    }
    expect(Math.min(...hours)).toBeGreaterThan(12_800);
    expect(Math.max(...hours)).toBeLessThan(13_300);
    expect(hours.filter((kWh) => kWh > 13_000).length).toBeGreaterThan(10);
    expect(hours.filter((kWh) => kWh < 13_000).length).toBeGreaterThan(10);
    expect(line.total(line.dcPower) / energy).toBeCloseTo(0.98, 5);
    expect(line.total(line.rectifier1) / energy).toBeCloseTo(0.5, 1);
    expect(line.total(line.newWater) / metal).toBeCloseTo(2, 0);
  });

  it('has anode effects, seen in the line voltage, and now and then a cell out of circuit', () => {
    const line = new Potline(1, ORIGIN);
    const cells = new Set<number>();
    let highest = 0;
    for (let at = ORIGIN; at <= ORIGIN + 10 * 24 * HOUR; at += MINUTE) {
      line.advance(at);
      cells.add(line.cells);
      highest = Math.max(highest, line.rate(line.voltage) / line.cells);
    }
    expect([...cells].sort()).toEqual([239, 240]);
    expect(line.effects).toBeGreaterThan(60);
    expect(line.effects).toBeLessThan(200);
    expect(highest).toBeGreaterThan(4.04);
  });
});
