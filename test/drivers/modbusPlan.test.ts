import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point } from '../../drivers/driver.ts';
import { type Address, address, isBitTable, wordsOf } from '../../drivers/modbus/address.ts';
import { pauseOf } from '../../drivers/modbus/limits.ts';
import { options } from '../../drivers/modbus/options.ts';
import { type Block, halve, plan } from '../../drivers/modbus/plan.ts';

const limited = (limits: object) => options.parse({ host: 'device', ...limits });
const LIMITS = limited({ maxBlock: 125, maxGap: 8 });
const point = (written: Record<string, unknown>, tag = 'a'): Point<Address> => ({
  tag,
  address: address.parse({ type: 'uint16', ...written }),
  period: 1000,
});
const spans = (blocks: readonly Block[]): [number, number][] => blocks.map(({ start, count }) => [start, count]);

/** Crowded on purpose, so that blocks fill up and addresses overlap. */
const arbitraryPoints = fc
  .array(
    fc.oneof(
      fc.record({
        unitId: fc.integer({ min: 1, max: 3 }),
        function: fc.constantFrom('holdingRegister', 'inputRegister'),
        register: fc.integer({ min: 0, max: 600 }),
        type: fc.constantFrom('int16', 'uint32', 'float64'),
      }),
      fc.record({
        function: fc.constantFrom('coil', 'discreteInput'),
        register: fc.integer({ min: 0, max: 9000 }),
        type: fc.constant('bit'),
      }),
    ),
    { minLength: 1, maxLength: 120 },
  )
  .map((all) => all.map((one, i) => point(one, `t${i}`)));
const arbitraryLimits = fc.record({
  maxBlock: fc.integer({ min: 4, max: 125 }),
  maxGap: fc.integer({ min: 0, max: 20 }),
});

describe('the plan of Modbus requests', () => {
  it('covers every address exactly once, in a block of its own unit and table, within the limits', () => {
    fc.assert(
      fc.property(arbitraryPoints, arbitraryLimits, (points, limits) => {
        const blocks = plan(points, limited(limits));
        expect(blocks.flatMap((block) => block.points.map(({ tag }) => tag)).toSorted()).toEqual(
          points.map(({ tag }) => tag).toSorted(),
        );
        for (const block of blocks) {
          expect(block.count).toBeGreaterThan(0);
          expect(block.count).toBeLessThanOrEqual(isBitTable(block) ? 2000 : limits.maxBlock);
          for (const { address: one } of block.points) {
            expect([one.unitId, one.function]).toEqual([block.unitId, block.function]);
            expect(one.register).toBeGreaterThanOrEqual(block.start);
            expect(one.register + wordsOf(one)).toBeLessThanOrEqual(block.start + block.count);
          }
        }
      }),
    );
  });

  it('never reads more than the allowed gap in vain', () => {
    fc.assert(
      fc.property(arbitraryPoints, arbitraryLimits, (points, limits) => {
        for (const block of plan(points, limited(limits))) {
          const wanted = new Set(
            block.points.flatMap(({ address: one }) =>
              Array.from({ length: wordsOf(one) }, (_, i) => one.register + i),
            ),
          );
          const most = isBitTable(block) ? 16 * limits.maxGap : limits.maxGap;
          let vain = 0;
          for (let at = block.start; at < block.start + block.count; at++) {
            vain = wanted.has(at) ? 0 : vain + 1;
            expect(vain).toBeLessThanOrEqual(most);
          }
        }
      }),
    );
  });

  it('joins neighbours over a gap and parts them over a larger one', () => {
    expect(spans(plan([point({ register: 10 }), point({ register: 19 })], LIMITS))).toEqual([[10, 10]]);
    expect(spans(plan([point({ register: 10 }), point({ register: 20 })], LIMITS))).toEqual([
      [10, 1],
      [20, 1],
    ]);
  });

  it('keeps a count and its power of ten in one block, and out of what is forbidden', () => {
    const pair = point({ register: 30, exponent: 10, type: 'int32' });
    expect(spans(plan([pair, point({ register: 0 })], limited({ maxGap: 0 })))).toEqual([
      [0, 1],
      [10, 22],
    ]);
    const device = { forbidden: [[20, 20]] };
    const [block] = plan([point({ register: 30, exponent: 10, type: 'int32', device })], LIMITS);
    expect(block!.impossible).toBe('10 to 31 holds a register that must not be read');
  });

  it('halves a block until each point stands alone, without the gap between', () => {
    const [block] = plan(
      [point({ register: 3 }), point({ register: 0, type: 'uint32' }), point({ register: 9 })],
      LIMITS,
    );
    const [left, right] = halve(block!);
    expect(spans([left, right, ...halve(left)])).toEqual([
      [0, 4],
      [9, 1],
      [0, 2],
      [3, 1],
    ]);
  });
});

describe('a Modbus address', () => {
  it.each([
    [{ register: 65_535, type: 'uint32' }, 'reaches beyond 65535'],
    [{ register: 0, type: 'uint16', unitId: 248 }, '247'],
    [{ register: 0, type: 'uint16', function: 'coil' }, 'a coil holds a bit'],
    [{ register: 0, type: 'bit' }, 'belong together'],
    [{ register: 0, type: 'uint64', notAvailable: [2 ** 64] }, 'as a string'],
    [{ register: 0, type: 'int16', notAvailable: 65_536 }, '16 bits'],
    [{ register: 0, type: 'uint16', notAvailable: 'NaN' }, '16 bits'],
    [{ register: 0, type: 'uint16', scale: 2 }, 'scale'],
    [{ register: 0, type: 'bcd' }, 'how many registers'],
    [{ register: 0, type: 'mod10', length: 5 }, '1 to 4 registers'],
    [{ register: 0, type: 'uint16', length: 2 }, 'its own length'],
    [{ register: 0, type: 'string', length: 4, notAvailable: 0 }, 'a string has none'],
    [{ register: 0, type: 'string', length: 4, offset: 1 }, 'no number'],
    [{ register: 0, type: 'int32', exponent: 1 }, 'within the value itself'],
    [{ register: 0, type: 'int16', exponent: 125 }, 'of one answer'],
    [{ register: 0, type: 'int16', device: { forbidden: [[9, 8]] } }, 'above the second'],
  ])('%o is refused: %s', (written, message) => {
    expect(address.safeParse(written).error?.message).toContain(message);
  });
});

describe('the silence between an answer and the next request', () => {
  const serial = (more: object): object => ({ serial: { path: '/dev/ttyUSB0', ...more } });
  it.each([
    ['none over TCP', { host: 'meter' }, 0],
    ['what is asked for', { host: 'meter', pause: '20ms' }, 20],
    ['3.5 characters of 10 bits at 9600 baud', serial({}), 4],
    ['3.5 characters of 11 bits at 1200 baud', serial({ baudRate: 1200, parity: 'even' }), 33],
    ['1.75 ms above 19200 baud', serial({ baudRate: 115_200 }), 2],
    ['what is said of the line', serial({ frameDelay: '12ms' }), 12],
    ['the longer of both', { ...serial({ frameDelay: '12ms' }), pause: '50ms' }, 50],
    ['none in ASCII, whose frames have marks', { ...serial({}), framing: 'ascii' }, 0],
  ])('is %s', (_, written, realMs) => {
    expect(pauseOf(options.parse(written))).toBe(realMs);
  });
});
