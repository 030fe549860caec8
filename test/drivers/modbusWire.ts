/** The three ways of Modbus on the wire as a device sees them, written without the driver's. */

export interface Request {
  readonly transaction: number;
  readonly unitId: number;
  readonly code: number;
  readonly start: number;
  readonly count: number;
}

export interface Wire {
  /** The whole requests at the beginning of what was heard, and the rest. */
  requests(heard: Buffer): { requests: Request[]; rest: Buffer };
  /** `body` is unit, function and data. */
  answer(request: Request, body: readonly number[]): Buffer;
}

export function crc(bytes: readonly number[]): [low: number, high: number] {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum % 2 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return [sum % 256, sum >> 8];
}

const bodyOf = (bytes: Buffer, transaction: number): Request => ({
  transaction,
  unitId: bytes.readUInt8(0),
  code: bytes.readUInt8(1),
  start: bytes.readUInt16BE(2),
  count: bytes.readUInt16BE(4),
});

/** Read requests have one length each way. */
const fixed =
  (length: number, read: (frame: Buffer) => Request): Wire['requests'] =>
  (heard) => {
    const whole = Math.floor(heard.length / length);
    const requests = Array.from({ length: whole }, (_, i) => read(heard.subarray(i * length, (i + 1) * length)));
    return { requests, rest: heard.subarray(whole * length) };
  };

const tcp: Wire = {
  requests: fixed(12, (frame) => bodyOf(frame.subarray(6), frame.readUInt16BE(0))),
  answer: ({ transaction }, body) =>
    Buffer.from([transaction >> 8, transaction & 0xff, 0, 0, body.length >> 8, body.length & 0xff, ...body]),
};

const rtu: Wire = {
  requests: fixed(8, (frame) => {
    if (crc([...frame.subarray(0, 6)]).join() !== [...frame.subarray(6)].join()) throw new Error('a wrong CRC');
    return bodyOf(frame, 0);
  }),
  answer: (_, body) => Buffer.from([...body, ...crc(body)]),
};

const hex = (bytes: readonly number[]): string =>
  bytes
    .map((one) => one.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();

const ascii: Wire = {
  requests: fixed(17, (frame) => {
    const bytes = Buffer.from(frame.toString('latin1', 1, 15), 'hex');
    if (bytes.reduce((sum, one) => sum + one, 0) % 256 !== 0) throw new Error('a wrong LRC');
    return bodyOf(bytes, 0);
  }),
  answer: (_, body) => {
    const sum = body.reduce((all, one) => all + one, 0);
    return Buffer.from(`:${hex([...body, (256 - (sum % 256)) % 256])}\r\n`, 'latin1');
  },
};

export const wires = { tcp, rtu, ascii };
