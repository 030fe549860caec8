/** The device's side of every type, written without the driver's decoder: words as they go over the wire. */

type Value = number | bigint | string;
interface Held {
  readonly type: string;
  readonly wordOrder?: string;
  readonly length?: number;
}

const NUMBERS: Record<string, [words: number, write: (bytes: DataView, value: never) => void]> = {
  int16: [1, (bytes, value) => bytes.setInt16(0, value)],
  uint16: [1, (bytes, value) => bytes.setUint16(0, value)],
  int32: [2, (bytes, value) => bytes.setInt32(0, value)],
  uint32: [2, (bytes, value) => bytes.setUint32(0, value)],
  int64: [4, (bytes, value) => bytes.setBigInt64(0, BigInt(value))],
  uint64: [4, (bytes, value) => bytes.setBigUint64(0, BigInt(value))],
  float32: [2, (bytes, value) => bytes.setFloat32(0, value)],
  float64: [4, (bytes, value) => bytes.setFloat64(0, value)],
};

/** Most significant word first. */
function plain({ type, length = 0 }: Held, value: Value): number[] {
  if (type === 'string')
    return Array.from({ length }, (_, i) =>
      [0, 1].reduce((word, at) => word * 256 + code(String(value), 2 * i + at), 0),
    );
  if (type === 'bcd' || type === 'mod10') {
    const decimals = String(value).padStart(4 * length, '0');
    return Array.from({ length }, (_, i) =>
      Number.parseInt(decimals.slice(4 * i, 4 * i + 4), type === 'bcd' ? 16 : 10),
    );
  }
  const [words, write] = NUMBERS[type]!;
  const bytes = new DataView(new ArrayBuffer(2 * words));
  write(bytes, value as never);
  return Array.from({ length: words }, (_, i) => bytes.getUint16(2 * i));
}

const code = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) : 0);

/** Words in the order of the fitter's letters. */
export function encode(held: Held, value: Value): number[] {
  const words = plain(held, value);
  const order = held.wordOrder ?? 'ABCD';
  const turned = order === 'CDAB' || order === 'DCBA' ? words.toReversed() : words;
  return order === 'BADC' || order === 'DCBA' ? turned.map((word) => ((word & 0xff) << 8) | (word >> 8)) : turned;
}

export const bytesOf = (words: readonly number[]): number[] => words.flatMap((word) => [word >> 8, word & 0xff]);
