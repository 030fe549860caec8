/** A Modbus TCP header up to its unit id (Modbus Messaging on TCP/IP V1.0b, 3.1.3). */
export const HEADER = 6;

/** Puts a header before `body`, which begins with the unit id. */
export function withHeader(transaction: number, body: Buffer, length = body.length): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(length, 4);
  return Buffer.concat([header, body]);
}

/** How an answer must begin, and its length in all. */
export interface Expected {
  readonly beginning: Buffer;
  readonly length: number;
}

/** The two answers there can be to a request for `count` registers or bits: values, or an exception. */
export function answersTo(transaction: number, unitId: number, code: number, count: number): Expected[] {
  const bytes = code <= 2 ? Math.ceil(count / 8) : 2 * count;
  return [
    { beginning: withHeader(transaction, Buffer.of(unitId, code, bytes), 3 + bytes), length: HEADER + 3 + bytes },
    { beginning: withHeader(transaction, Buffer.of(unitId, code | 0x80), 3), length: HEADER + 3 },
  ];
}

/** What was heard so far can become the expected answer. */
export const fits = (heard: Buffer, { beginning, length }: Expected): boolean =>
  heard.length <= length && heard.subarray(0, beginning.length).equals(beginning.subarray(0, heard.length));

/** CRC-16/MODBUS, low byte first: modbus-serial wants it on every frame, Modbus TCP has none. */
export function withCrc(frame: Buffer): Buffer {
  let crc = 0xffff;
  for (const byte of frame) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return Buffer.concat([frame, Buffer.of(crc & 0xff, crc >>> 8)]);
}
