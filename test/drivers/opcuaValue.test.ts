import fc from 'fast-check';
import { DataType, DataValue, StatusCode, StatusCodes, VariantArrayType } from 'node-opcua';
import { describe, expect, it } from 'vitest';
import { address } from '../../drivers/opcua/address.ts';
import { withIndex } from '../../drivers/opcua/node.ts';
import { confirmed, toSample } from '../../drivers/opcua/value.ts';
import type { Sample } from '../../rules/sample.ts';
import { dataValue } from './opcuaServer.ts';

const AT = new Date(1_700_000_000_123);
const sample = (type: DataType, value: unknown, status: StatusCode = StatusCodes.Good) =>
  toSample('a', dataValue(type, value, status, AT), 5);

const words = (bits: bigint): [number, number] => [
  Number(BigInt.asUintN(32, bits >> 32n)),
  Number(BigInt.asUintN(32, bits)),
];

describe('an OPC UA DataValue', () => {
  it.each([
    [DataType.Double, 12.5, 12.5],
    [DataType.Float, 0.5, 0.5],
    [DataType.SByte, -128, -128],
    [DataType.UInt32, 4_294_967_295, 4_294_967_295],
    [DataType.Boolean, true, 1],
    [DataType.Boolean, false, 0],
    [DataType.String, '轧-2026-0417', '轧-2026-0417'],
    [DataType.DateTime, new Date(1_600_000_000_000), 1_600_000_000_000],
  ])('of type %i and value %o is the value %o', (type, value, expected) => {
    expect(sample(type, value)).toEqual({
      tag: 'a',
      value: expected,
      statusCode: 'good',
      sourceTimestamp: AT.getTime(),
      receivedAt: 5,
    });
  });

  it('keeps 64-bit counts exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
        expect(sample(DataType.UInt64, words(bits)).value).toBe(bits);
        expect(sample(DataType.Int64, words(bits)).value).toBe(BigInt.asIntN(64, bits));
      }),
    );
  });

  it('is uncertain when the server had to drop values before it', () => {
    const overflow = StatusCode.makeStatusCode(StatusCodes.Good, 'Overflow | InfoTypeDataValue');
    expect(sample(DataType.Double, 3, overflow)).toMatchObject({
      value: 3,
      statusCode: 'uncertain',
      reason: "values before this one were dropped: the server's queue was full",
    });
  });

  it('carries the class of its status, and its name as the reason', () => {
    expect(sample(DataType.Double, 3, StatusCodes.UncertainLastUsableValue)).toMatchObject({
      value: 3,
      statusCode: 'uncertain',
      reason: 'UncertainLastUsableValue',
    });
    expect(sample(DataType.Double, 3, StatusCodes.BadSensorFailure)).toMatchObject({
      value: null,
      statusCode: 'bad',
      reason: 'BadSensorFailure',
    });
    expect(sample(DataType.Double, 3, StatusCodes.GoodClamped)).toMatchObject({ value: 3, statusCode: 'good' });
  });

  it.each([
    [DataType.Double, Number.NaN, 'not a finite number: NaN'],
    [DataType.Float, Number.NEGATIVE_INFINITY, 'not a finite number: -Infinity'],
    [DataType.Null, null, 'the server gives no value'],
    [DataType.ByteString, Buffer.from('ab'), 'neither a number nor a text'],
  ])('of type %i and value %o is bad', (type, value, reason) => {
    expect(sample(type, value)).toMatchObject({ value: null, statusCode: 'bad', reason });
  });

  it('that is an array is bad', () => {
    const array = new DataValue({
      value: { dataType: DataType.UInt32, arrayType: VariantArrayType.Array, value: [1, 2] },
    });
    expect(toSample('a', array, 5)).toMatchObject({ value: null, statusCode: 'bad' });
    const counts = {
      dataType: DataType.UInt64,
      arrayType: VariantArrayType.Array,
      value: [
        [0, 1],
        [0, 2],
      ],
    };
    expect(toSample('a', new DataValue({ value: counts }), 5)).toMatchObject({ value: null, statusCode: 'bad' });
  });

  it('is placed by the source, else by the server, else when it came', () => {
    const value = { dataType: DataType.Double, value: 1 };
    const both = new DataValue({ value, sourceTimestamp: new Date(1), serverTimestamp: new Date(2) });
    expect(toSample('a', both, 3)).toMatchObject({ sourceTimestamp: 1, serverTimestamp: 2, receivedAt: 3 });
    expect(toSample('a', new DataValue({ value, serverTimestamp: new Date(2) }), 3).sourceTimestamp).toBe(2);
    expect(toSample('a', new DataValue({ value }), 3).sourceTimestamp).toBe(3);
  });
});

describe('a value that stands', () => {
  const value = { dataType: DataType.Double, value: 1 };
  const at = (source: number, server: number, number = 1): Sample => {
    const data = new DataValue({
      value: { ...value, value: number },
      sourceTimestamp: new Date(source),
      serverTimestamp: new Date(server),
    });
    return confirmed(before, toSample('a', data, 1_000));
  };
  const before = toSample('a', new DataValue({ value, sourceTimestamp: new Date(100) }), 500);

  it('is placed where the server last knew it to be accurate', () => {
    expect(at(100, 900).sourceTimestamp).toBe(900);
  });
  it('is left alone when it changed, when its source says a new time, or when the server’s clock is not to be believed', () => {
    expect(at(100, 900, 2).sourceTimestamp).toBe(100);
    expect(at(300, 900).sourceTimestamp).toBe(300);
    expect(at(100, 1_000_000).sourceTimestamp).toBe(100);
  });
});

describe('a node', () => {
  it('is found by the URI of its namespace, whatever its index', () => {
    const namespaces = ['http://opcfoundation.org/UA/', 'urn:server', 'urn:a;b%c'];
    expect(withIndex('nsu=urn:server;s=Mill;Power', namespaces)).toBe('ns=1;s=Mill;Power');
    expect(withIndex('nsu=urn:a%3Bb%25c;i=5', namespaces)).toBe('ns=2;i=5');
    expect(withIndex('ns=7;i=5', namespaces)).toBe('ns=7;i=5');
    expect(withIndex('nsu=urn:other;i=5', namespaces)).toBeNull();
  });

  it.each([
    's=a',
    'i=2258',
    'ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a',
    'ns=1;b=M/RbKBsRVkePCePcx24oRA==',
    'nsu=urn:x;s=a b;c',
  ])('%s is taken', (node) => expect(address.safeParse({ node }).success).toBe(true));
  it.each(['Mill.Power', 'ns=2;Mill', 'ns=70000;i=1', 'ns=1;i=4294967296', 'i=x', 'nsu=;s=a', ''])(
    '%s is refused',
    (node) => expect(address.safeParse({ node }).success).toBe(false),
  );
});
