import { describe, expect, test } from 'vitest';
import { EvaluationBody } from '../../agent/stream/protocol.ts';
import { evaluationBody, evaluationFrom, wireTimeOf } from '../../agent/wire.ts';
import { type Calendar, type CalendarKind, shiftDayOf, windowAt } from '../../rules/interval.ts';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Windows in the plant's time zone: metering.md §7. */

const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const energy = (more: Partial<Setup> = {}): Setup => ({
  meters: [{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 36_000 }],
  ...more,
});

/** One kWh a minute from `from` to `to`. */
function steady(setup: Setup, from: Ms, to: Ms): Bench {
  const bench = new Bench(setup, from);
  for (let t = from; t <= to; t += MIN) bench.read('kwh', t, (t - from) / MIN);
  return bench.until(to + 10 * MIN);
}

describe('the calendar', () => {
  const berlin: Calendar = {
    timeZone: 'Europe/Berlin',
    dayStart: '00:00',
    shifts: ['06:00', '14:00', '22:00'],
    shiftDay: 'start',
  };
  const length = (calendar: Calendar, kind: CalendarKind, t: string): number => {
    const { start, end } = windowAt(calendar, kind, at(t));
    return (end - start) / H;
  };

  test('has days of 23 and 25 hours when the clocks change, and the night shift has the difference', () => {
    expect(length(berlin, 'day', '2026-03-29T12:00:00+02:00')).toBe(23);
    expect(length(berlin, 'day', '2026-10-25T12:00:00+01:00')).toBe(25);
    expect(length(berlin, 'shift', '2026-03-29T00:00:00+01:00')).toBe(7);
    expect(length(berlin, 'shift', '2026-10-25T00:00:00+02:00')).toBe(9);
    // 02:30 comes twice: the shift begins at the first.
    const halves: Calendar = { ...berlin, shifts: ['02:30', '14:30'] };
    expect(length(halves, 'shift', '2026-10-25T02:40:00+02:00')).toBe(13);
    expect(length(berlin, 'month', '2026-10-10T00:00:00+02:00')).toBe(31 * 24 + 1);
  });

  test('has shifts across midnight, in whatever order they are listed', () => {
    for (const shifts of [
      ['20:00', '08:00'],
      ['08:00', '20:00'],
    ]) {
      const calendar: Calendar = { timeZone: 'Asia/Shanghai', dayStart: '08:00', shifts, shiftDay: 'start' };
      const night = windowAt(calendar, 'shift', at('2026-11-24T03:00:00+08:00'));
      expect(night).toEqual({
        kind: 'shift',
        start: at('2026-11-23T20:00:00+08:00'),
        end: at('2026-11-24T08:00:00+08:00'),
      });
      const day = windowAt(calendar, 'day', night.start);
      expect(day.end).toBe(night.end);
    }
  });

  test('gives each shift to the production day in which it starts, or in which it ends, also when the clocks change', () => {
    const dayOf = (calendar: Calendar, t: string): string => shiftDayOf(calendar, windowAt(calendar, 'shift', at(t)));
    const byEnd: Calendar = { ...berlin, shiftDay: 'end' };
    // From 22:00 to 06:00, with 7, 9 and 8 hours; whatever instant of it is asked for.
    for (const [evening, night, started, ended] of [
      ['2026-03-28T22:00:00+01:00', '2026-03-29T05:59:00+02:00', '2026-03-28', '2026-03-29'],
      ['2026-10-24T22:00:00+02:00', '2026-10-25T05:59:00+01:00', '2026-10-24', '2026-10-25'],
      ['2026-12-31T22:00:00+01:00', '2027-01-01T05:59:00+01:00', '2026-12-31', '2027-01-01'],
    ] as const) {
      expect([evening, night].map((t) => dayOf(berlin, t))).toEqual([started, started]);
      expect([evening, night].map((t) => dayOf(byEnd, t))).toEqual([ended, ended]);
    }
    expect(dayOf(byEnd, '2026-11-24T08:00:00+01:00')).toBe('2026-11-24');
  });

  test('gives a shift that ends with the production day to that day, either way', () => {
    for (const shiftDay of ['start', 'end'] as const) {
      const calendar: Calendar = { ...berlin, dayStart: '06:00', shiftDay };
      expect(shiftDayOf(calendar, windowAt(calendar, 'shift', at('2026-03-29T03:30:00+02:00')))).toBe('2026-03-28');
      expect(shiftDayOf(calendar, windowAt(calendar, 'shift', at('2026-03-29T06:00:00+02:00')))).toBe('2026-03-29');
    }
  });

  test('follows on through a clock change of half an hour, which cuts an hour short', () => {
    const calendar: Calendar = { ...berlin, timeZone: 'Australia/Lord_Howe', shifts: ['00:00'] };
    for (const day of ['2026-04-04', '2026-10-03']) {
      const from = at(`${day}T00:00:00Z`);
      const lengths: number[] = [];
      for (let window = windowAt(calendar, 'hour', from); window.end <= from + 24 * H; ) {
        const next = windowAt(calendar, 'hour', window.end);
        expect(next.start).toBe(window.end);
        lengths.push((window.end - window.start) / H);
        window = next;
      }
      expect(lengths.filter((hours) => hours !== 1)).toEqual([0.5]);
    }
  });

  test('follows on without gap or overlap through a year of clock changes', () => {
    for (const kind of ['quarterHour', 'hour', 'shift', 'day', 'month'] as const) {
      let window = windowAt(berlin, kind, at('2026-01-01T00:00:00+01:00'));
      const last =
        kind === 'quarterHour' || kind === 'hour' ? '2026-04-01T00:00:00+02:00' : '2027-01-01T00:00:00+01:00';
      while (window.end < at(last)) {
        const next = windowAt(berlin, kind, window.end);
        expect(next.start).toBe(window.end);
        expect(windowAt(berlin, kind, window.end - 1)).toEqual(window);
        window = next;
      }
    }
  });
});

describe('a change by half an hour', () => {
  /** Lord Howe Island: at 02:00 the clocks go back to 01:30, and forward again in spring. */
  test.each(['2026-04-04T13:30:00Z', '2026-10-03T13:30:00Z'])('cuts an hour, and no two hours overlap: %s', (from) => {
    const calendar: Calendar = {
      timeZone: 'Australia/Lord_Howe',
      dayStart: '00:00',
      shifts: ['00:00'],
      shiftDay: 'start',
    };
    const lengths: number[] = [];
    for (let window = windowAt(calendar, 'hour', at(from)); lengths.length < 5; ) {
      for (const inside of [window.start, window.end - 1]) expect(windowAt(calendar, 'hour', inside)).toEqual(window);
      lengths.push((window.end - window.start) / 60_000);
      window = windowAt(calendar, 'hour', window.end);
    }
    expect(lengths.toSorted((a, b) => a - b)).toEqual([30, 60, 60, 60, 60]);
  });
});

describe('amounts by window', () => {
  test('of the day with 25 hours are those of 25 hours', () => {
    const start = at('2026-10-25T00:00:00+02:00');
    const bench = steady(energy({ timeZone: 'Europe/Berlin', windows: ['hour', 'day'] }), start, start + 26 * H);
    expect(bench.final('energy', 'day', start).value).toBeCloseTo(25 * 60, 9);
    expect(
      bench
        .finals('energy', 'hour')
        .slice(0, 25)
        .map((e) => e.value),
    ).toEqual(Array(25).fill(60));
  });

  test('of a day that starts at eight are those of its two shifts', () => {
    const start = at('2026-11-23T08:00:00+08:00');
    const setup = energy({ dayStart: '08:00', shifts: ['08:00', '20:00'], windows: ['shift', 'day', 'month'] });
    const bench = steady(setup, start, start + 25 * H);
    const shifts = bench.finals('energy', 'shift').map((e) => e.value);
    expect(shifts).toEqual([720, 720]);
    expect(bench.final('energy', 'day', start).value).toBe(1440);
  });

  test('begin anywhere in a window, which is then incomplete', () => {
    const start = at('2026-11-23T10:20:00+08:00');
    const bench = steady(energy({ windows: ['hour'] }), start, start + 2 * H);
    expect(bench.final('energy', 'hour', at('2026-11-23T10:00:00+08:00'))).toMatchObject({
      value: null,
      reason: 'incomplete',
      coverage: { known: 40 / 60 },
    });
    expect(bench.final('energy', 'hour', at('2026-11-23T11:00:00+08:00'))).toMatchObject({
      value: 60,
      statusCode: 'good',
    });
  });

  test('of groups in which nothing was ever read are not there', () => {
    const bench = new Bench(energy(), at('2026-11-23T10:00:00+08:00')).until(at('2026-11-24T10:00:00+08:00'));
    expect(bench.log).toEqual([]);
  });
});

test('the window of a shift goes out with its production day, others with none, and comes back as it was', () => {
  const start = at('2026-03-28T22:00:00+01:00');
  const bench = steady(
    energy({ timeZone: 'Europe/Berlin', shifts: ['06:00', '14:00', '22:00'] }),
    start,
    start + 7 * H,
  );
  const time = wireTimeOf(bench.plan.calendar);
  const night = bench.final('energy', 'shift', start);
  const body = evaluationBody(night, time, 'sha256:0');
  expect(EvaluationBody.parse(body).window).toEqual({
    kind: 'shift',
    start: '2026-03-28T22:00:00.000+01:00',
    end: '2026-03-29T06:00:00.000+02:00',
    day: '2026-03-28',
  });
  expect(evaluationFrom(JSON.stringify(body))).toEqual(night);
  expect(evaluationBody(bench.final('energy', 'hour', start), time, 'sha256:0').window).not.toHaveProperty('day');
});

describe('closing', () => {
  const T = at('2026-11-23T10:00:00+08:00');

  test('comes at the end of grace, and not before', () => {
    const bench = new Bench(energy({ windows: ['minute'] }), T);
    for (let t = T; t <= T + 64 * S; t += S) bench.read('kwh', t, (t - T) / S);
    expect(bench.log).toEqual([]);
    bench.read('kwh', T + 65 * S, 65);
    expect(bench.log.map((e) => e.value)).toEqual([60]);
  });

  test('waits until one that is out of order has had its time, also between the polls around the end', () => {
    const power: Setup = {
      windows: ['minute'],
      meters: [{ id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh', periodMs: 10 * S }],
    };
    const bench = new Bench(power, T);
    const inOrder = [0, 10, 20, 30, 40, 50, 58, 64].map((s) => sample('kw', T + s * S, 60));
    for (const one of inOrder) bench.feed(one.receivedAt, one);
    bench.feed(T + 66 * S, { ...sample('kw', T + 62 * S, 660), receivedAt: T + 66 * S });
    bench.read('kw', T + 80 * S, 60).until(T + 3 * MIN);
    // From 60 kW at 58 s to 660 kW at 62 s: half of the way lies in the minute.
    const expected = (58 * 60 + (2 * (60 + 360)) / 2) / 3600;
    expect(bench.final('power', 'minute', T)).toMatchObject({ revision: 1, statusCode: 'good' });
    expect(bench.final('power', 'minute', T).value).toBeCloseTo(expected, 9);
  });

  test('does not wait for a dead device, nor for those of other groups', () => {
    const setup: Setup = {
      windows: ['minute'],
      meters: [
        { id: 'a', kind: 'counter', tag: 'a', quantity: 'electricity', unit: 'kWh', maxRate: 36_000 },
        { id: 'b', kind: 'counter', tag: 'b', quantity: 'electricity', unit: 'kWh', maxRate: 36_000, periodMs: 20 * S },
        { id: 'c', kind: 'counter', tag: 'c', quantity: 'steel', unit: 't', maxRate: 36_000, periodMs: 20 * S },
      ],
      metrics: [{ id: 'b_per_c', unit: 'kWh/t', numerator: ['b'], denominator: ['c'] }],
    };
    const bench = new Bench(setup, T).feed(T, sample('a', T, 0), sample('b', T, 0), sample('c', T, 0));
    for (let t = T + S; t <= T + 66 * S; t += S) bench.feed(t, sample('a', t, 1), sample('b', t, 1));
    expect(bench.log.map((e) => e.metric)).toEqual(['a']);
    bench.until(T + 86 * S);
    expect(bench.log.map((e) => e.metric)).toEqual(['a', 'b', 'c', 'b_per_c']);
    expect(bench.final('b_per_c', 'minute', T)).toMatchObject({ value: null, reason: 'incomplete' });
  });
});

describe('an agent that was away', () => {
  const T = at('2026-11-01T00:00:00+08:00');
  const away = (hours: number, windows: readonly CalendarKind[]) => {
    const bench = new Bench(energy({ windows }), T);
    for (let t = T; t <= T + 2 * H; t += MIN) bench.read('kwh', t, (t - T) / MIN);
    const back = T + (2 + hours) * H;
    bench.restart(back);
    for (let t = back; t <= back + 2 * H; t += MIN) bench.read('kwh', t, (t - T) / MIN);
    return bench.until(back + 3 * H);
  };

  test('for hours has estimated hours and a measured day; each hour is evaluated once', () => {
    const bench = away(10, ['minute', 'hour', 'day']);
    const hours = bench.finals('energy', 'hour');
    expect(hours.slice(0, 13).map((e) => e.amounts[0]!.value)).toEqual(Array(13).fill(expect.closeTo(60, 9)));
    expect(hours.slice(0, 13).every((e) => e.revision === 1)).toBe(true);
    expect(hours[6]).toMatchObject({ statusCode: 'uncertain', coverage: { known: 1, measured: 0 } });
    const minutes = bench.finals('energy', 'minute').reduce((all, e) => all + e.amounts[0]!.value, 0);
    expect(minutes).toBeCloseTo(14 * 60, 9);
  });

  test('for a fortnight loses nothing by hour, day and month, and does not take long', () => {
    const bench = away(14 * 24, ['minute', 'quarterHour', 'hour', 'shift', 'day', 'month']);
    bench.until(at('2026-12-01T02:00:00+08:00'));
    const total = (14 * 24 + 4) * 60;
    for (const kind of ['hour', 'shift', 'day', 'month'] as const) {
      const sum = bench.finals('energy', kind).reduce((all, e) => all + e.amounts[0]!.value, 0);
      expect(Math.abs(sum / total - 1), kind).toBeLessThan(1e-12);
    }
    expect(bench.notes.map(({ event }) => event)).toContain('too-late');
  });

  test('while only a rate was metered does not write a record for each empty minute', () => {
    const power: Setup = {
      windows: ['minute', 'hour'],
      meters: [{ id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' }],
    };
    const bench = new Bench(power, T);
    for (let t = T; t <= T + 10 * MIN; t += MIN) bench.read('kw', t, 60);
    bench.restart(T + 20 * H);
    for (let t = T + 20 * H; t <= T + 21 * H + 10 * MIN; t += MIN) bench.read('kw', t, 60);
    expect(bench.finals('power', 'minute').length).toBeLessThan(200);
    expect(bench.notes.map(({ event }) => event)).toEqual(['absence']);
    expect(bench.finals('power', 'hour')).toHaveLength(21);
    expect(bench.final('power', 'hour', T + 5 * H)).toMatchObject({ value: null, reason: 'incomplete' });
    expect(bench.final('power', 'hour', T + 20 * H)).toMatchObject({ value: 60, statusCode: 'good' });
  });
});
