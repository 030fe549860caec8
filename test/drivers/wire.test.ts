import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { judge } from '../support/judge.ts';
import { runOf } from '../support/runOf.ts';
import { isOpcUa, Listener, reads } from '../support/wire.ts';

describe('what a driver says is told from its bytes', () => {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  test.each([
    ['Modbus TCP', hex('0001 0000 0006 01 03 0000 0002 0002 0000 0006 01 04 0000 0002'), ['modbus 3', 'modbus 4']],
    ['a written register', hex('0001 0000 0006 01 06 0000 0002'), ['modbus 6']],
    ['written registers', hex('0001 0000 0009 01 10 0000 0001 02 0005'), ['modbus 16']],
    ['RTU', hex('01 03 0000 0002 c40b'), ['modbus 3']],
    ['a coil written by RTU', hex('01 05 0000 ff00 8c3a'), ['modbus 5']],
    ['ASCII', Buffer.from(':010300000002FA\r\n'), ['modbus 3']],
    ['a register written by ASCII', Buffer.from(':010600000002F7\r\n'), ['modbus 6']],
    ['RTU with a wrong CRC', hex('01 03 0000 0002 0000'), ['unknown 0103000000020000']],
  ])('%s, in pieces of any size', (_, bytes, said) => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 5 }), (cuts) => {
        const listener = new Listener();
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const heard = places.slice(1).flatMap((end, i) => listener.hear(bytes.subarray(places[i], end)));
        expect(heard).toEqual(said);
      }),
    );
  });

  it('OPC UA by its first message', () => {
    expect(new Listener().hear(Buffer.from('HELF\x20\0\0\0\0\0\0\0'))).toEqual([]);
    expect(isOpcUa(Buffer.from('HELF'))).toBe(true);
    expect(isOpcUa(Buffer.from('HELO mail'))).toBe(false);
  });
});

describe('only what reads is let pass', () => {
  const writing = [5, 6, 15, 16, 21, 22, 23, 8, 17, 20, 24, 43, 90, 0, 131].map((code) => `modbus ${code}`);
  const changing = ['Write', 'Call', 'HistoryUpdate', 'AddNodes', 'DeleteNodes', 'AddReferences', 'RegisterNodes'];
  test.each([...writing, ...changing.map((service) => `opcua ${service}`), 'unknown 00ff', 's7 read'])(
    '%s is refused',
    (said) => {
      expect(reads(said)).toBe(false);
      expect(() => judge(['modbus 3', said])).toThrow(said);
    },
  );
  test.each(['modbus 1', 'modbus 4', 'opcua Read', 'opcua Publish'])('%s passes', (said) => {
    expect(reads(said)).toBe(true);
  });
});

describe('a run of tests', () => {
  it('passes when its drivers read, and says what they sent', async () => {
    expect(await runOf('drivers/fixtures/reads')).toMatchObject({
      code: 0,
      output: expect.stringContaining('modbus 3, opcua '),
    });
  });

  it.each([
    ['writesRegister', 'modbus 6'],
    ['writesFromChild', 'modbus 6'],
    ['writesNode', 'opcua Write'],
  ])('fails when a driver does what %s does, though all its tests pass', async (fixture, said) => {
    const { code, output } = await runOf(`drivers/fixtures/${fixture}`);
    expect(output).toMatch(/Tests .*1 passed/);
    expect(output).toContain(said);
    expect(code).not.toBe(0);
  });
});
