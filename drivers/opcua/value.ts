import type { DataValue, Variant } from 'node-opcua-client';
import type { Ms, RawValue, Sample, StatusCode } from '../../rules/sample.ts';

/** The top two bits of a status code are its class (OPC UA Part 4, 7.39.1). */
const CLASSES: readonly StatusCode[] = ['good', 'uncertain', 'bad', 'bad'];

/** Ids of built-in types (OPC UA Part 6, 5.1.2). */
const INT64 = 8;
const UINT64 = 9;
const SCALAR = 0;

/** The bit Overflow, valid where the info type is that of a data value (OPC UA Part 4, 7.39.1). */
const OVERFLOW = 0x480;
export const DROPPED = "values before this one were dropped: the server's queue was full";

/** A server whose clock is further ahead than this is not believed when it says what time it is. */
const SAME_CLOCK: Ms = 5_000;
export const believed = (serverTime: Ms, receivedAt: Ms): boolean => serverTime <= receivedAt + SAME_CLOCK;

/** A server's DataValue as a sample. What has no usable value is bad, with the reason. */
export function toSample(tag: string, data: DataValue, receivedAt: Ms): Sample {
  const sourceTimestamp = (data.sourceTimestamp ?? data.serverTimestamp)?.getTime() ?? receivedAt;
  const serverTimestamp = data.serverTimestamp?.getTime();
  const bits = data.statusCode.value;
  const statusCode = CLASSES[bits >>> 30]!;
  const value = statusCode === 'bad' ? null : rawValue(data.value);
  if (statusCode === 'good' && value !== null && (bits & OVERFLOW) !== OVERFLOW && serverTimestamp !== undefined)
    return { tag, value, statusCode, sourceTimestamp, serverTimestamp, receivedAt };
  const times = { sourceTimestamp, receivedAt, ...(serverTimestamp !== undefined && { serverTimestamp }) };
  if (value === null) {
    const reason = statusCode === 'bad' ? data.statusCode.name : unusable(data.value);
    return { tag, value, statusCode: 'bad', reason, ...times };
  }
  if ((bits & OVERFLOW) === OVERFLOW) {
    return { tag, value, statusCode: 'uncertain', reason: DROPPED, ...times };
  }
  if (statusCode === 'good') return { tag, value, statusCode, ...times };
  return { tag, value, statusCode, reason: data.statusCode.name, ...times };
}

/**
 * A value that stands may keep the timestamp of its last change, yet the server knows it to be accurate at its own
 * (OPC UA Part 4, 7.11): without this a steady value would look like one that nobody reads.
 */
export function confirmed(before: Sample | undefined, sample: Sample): Sample {
  const { serverTimestamp } = sample;
  if (sample.statusCode === 'bad' || before?.value !== sample.value || serverTimestamp === undefined) return sample;
  const stands = sample.sourceTimestamp <= before.sourceTimestamp && serverTimestamp > before.sourceTimestamp;
  return stands && believed(serverTimestamp, sample.receivedAt)
    ? { ...sample, sourceTimestamp: serverTimestamp }
    : sample;
}

function rawValue(variant: Variant): RawValue | null {
  const value: unknown = variant.arrayType === SCALAR ? variant.value : element(variant);
  if (variant.dataType === INT64 || variant.dataType === UINT64) return count(variant.dataType, value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return value;
  return value instanceof Date ? value.getTime() : null;
}

/** A list of one is what asking for one element gives; of several, none is the value. */
const element = ({ value }: Variant): unknown => (value?.length === 1 ? value[0] : null);

/** The library hands a 64-bit count over as its high and its low word, unsigned both. */
function count(type: number, value: unknown): bigint | null {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isInteger)) return null;
  const [high, low] = value as [number, number];
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return type === INT64 ? BigInt.asIntN(64, bits) : bits;
}

const unusable = ({ value, arrayType }: Variant): string => {
  if (arrayType !== SCALAR && value?.length !== 1)
    return `an array of ${value?.length ?? 0}: indexRange names one element`;
  if (value === null || value === undefined) return 'the server gives no value';
  return typeof value === 'number' ? `not a finite number: ${value}` : 'neither a number nor a text';
};
