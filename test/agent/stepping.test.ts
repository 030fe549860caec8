import { describe, expect, test } from 'vitest';
import { Stepping } from '../../agent/stepping.ts';
import { Entry } from '../../rules/entry.ts';
import { startState } from '../../rules/state.ts';
import { at, planOf, sample } from '../support/engineKit.ts';

/** Samples are taken in place, entries are not: what becomes of the state when one cannot be taken. */

const T = at('2026-11-23T07:58:00+08:00');
const plan = planOf({ meters: [{ id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' }] });
const torn = { now: T, samples: [sample('kw', T, 1), sample('nowhere', T, 1)] };
const entry = Entry.parse({ type: 'piece', key: 'k', meter: 'power', at: T, piece: 'L1', amount: 1 });

describe('a step of samples that ends half-way', () => {
  test('leaves nothing that could be committed, shown or gone on from', () => {
    const stepping = new Stepping(startState(plan, T));
    expect(() => stepping.take(plan, torn)).toThrow('from the last checkpoint');
    expect(() => stepping.state).toThrow('from the last checkpoint');
    expect(() => stepping.take(plan, { now: T, samples: [] })).toThrow('from the last checkpoint');
  });
});

describe('an entry that cannot be taken', () => {
  test('leaves the state as it was', () => {
    const stepping = new Stepping(startState(plan, T));
    stepping.take(plan, { now: T, samples: [sample('kw', T, 1)] });
    const before = stepping.state;
    const copy = structuredClone(before);
    expect(() => stepping.take(plan, { ...torn, entries: [entry] })).toThrow('unknown tag nowhere');
    expect(stepping.state).toBe(before);
    expect(stepping.state).toEqual(copy);
  });
});
