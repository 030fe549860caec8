import { crc16, lrc, withCrc } from './crc.ts';

/** A request that was sent. */
export interface Asked {
  readonly transaction: number;
  readonly unitId: number;
  readonly code: number;
  /** Bytes that the values asked for take. */
  readonly byteCount: number;
  /** Nobody waits any more: its answer is thrown away. */
  isGivenUp: boolean;
}

/** What comes of the bytes heard so far: too little to say, a fault in words, or an answer and its length on the wire. */
export type Verdict =
  | null
  | { readonly wrong: string }
  | { readonly asked: Asked; readonly length: number /** Unit to CRC. */; readonly frame: Buffer };

/** How frames stand on the wire. */
export interface Framing {
  /** `body` is unit to count, without any check. */
  wrap(transaction: number, body: Buffer): Buffer;
  /** Looks at the first frame of what was heard. */
  judge(heard: Buffer, waiting: ReadonlyMap<number, Asked>): Verdict;
  /** Whether what was heard after a fault can still be told into frames. */
  readonly hasTransactions: boolean;
}

/** Length of a Modbus TCP header up to its unit id (Modbus Messaging on TCP/IP V1.0b, 3.1.3). */
const HEADER = 6;
const EXCEPTION_BODY = 3;

/** What is wrong with an answer's unit, function and byte count, as far as they were heard. */
function misfit(heard: Buffer, at: number, { unitId, code, byteCount }: Asked): string | null {
  if (heard.length > at && heard[at] !== unitId) return `an answer of unit ${heard[at]}, asked was ${unitId}`;
  const function_ = heard[at + 1];
  if (function_ === undefined || function_ === (code | 0x80)) return null;
  if (function_ !== code) return `an answer to function ${function_}, asked was ${code}`;
  if (heard.length > at + 2 && heard[at + 2] !== byteCount)
    return `an answer of ${heard[at + 2]} bytes, asked were ${byteCount}`;
  return null;
}

const bodyLength = (function_: number, { code, byteCount }: Asked): number =>
  function_ === code ? 3 + byteCount : EXCEPTION_BODY;

export const tcp: Framing = {
  hasTransactions: true,
  wrap(transaction, body) {
    const frame = Buffer.allocUnsafe(HEADER + body.length);
    frame.writeUInt16BE(transaction, 0);
    frame.writeUInt16BE(0, 2);
    frame.writeUInt16BE(body.length, 4);
    body.copy(frame, HEADER);
    return frame;
  },
  judge(heard, waiting) {
    if (heard.length < 2) return null;
    const asked = waiting.get(heard.readUInt16BE(0));
    if (!asked) return { wrong: `bytes that answer no request: ${heard.toString('hex', 0, 16)}` };
    if (heard.length < HEADER) return null;
    if (heard.readUInt16BE(2) !== 0) return { wrong: `an answer of protocol ${heard.readUInt16BE(2)}, not 0` };
    const wrong = misfit(heard, HEADER, asked);
    if (wrong) return { wrong };
    const length = heard.readUInt16BE(4);
    const function_ = heard[HEADER + 1];
    const fits = function_ === undefined ? isPossible(length, asked) : length === bodyLength(function_, asked);
    if (!fits) return { wrong: `an answer that gives its length as ${length}` };
    if (heard.length < HEADER + length) return null;
    return { asked, length: HEADER + length, frame: withCrc(heard, HEADER, HEADER + length) };
  },
};

const isPossible = (length: number, { byteCount }: Asked): boolean =>
  length === EXCEPTION_BODY || length === 3 + byteCount;

/** The first of the requests that what was heard answers; else the fault by the latest. */
function firstFit(waiting: ReadonlyMap<number, Asked>, judge: (asked: Asked) => Verdict): Verdict {
  let wrong: Verdict = { wrong: 'bytes that answer no request' };
  for (const asked of [...waiting.values()].reverse()) {
    const verdict = judge(asked);
    if (!verdict || 'asked' in verdict) return verdict;
    if (!asked.isGivenUp) wrong = verdict;
  }
  return wrong;
}

export const rtu: Framing = {
  hasTransactions: false,
  wrap: (_, body) => withCrc(body),
  judge: (heard, waiting) =>
    firstFit(waiting, (asked) => {
      const wrong = misfit(heard, 0, asked);
      if (wrong) return { wrong };
      const length = heard.length < 2 ? 0 : bodyLength(heard[1]!, asked) + 2;
      if (length === 0 || heard.length < length) return null;
      if (heard.readUInt16LE(length - 2) !== crc16(heard, length - 2)) return { wrong: 'an answer whose CRC is wrong' };
      return { asked, length, frame: heard.subarray(0, length) };
    }),
};

const COLON = 0x3a;
const MAX_ASCII = 513;

/** Of modbus-serial only the codec: its own ASCII port is silent about a wrong LRC and cuts off what follows a frame. */
export const ascii: Framing = {
  hasTransactions: false,
  wrap: (_, body) => {
    const checked = Buffer.concat([body, Buffer.of(lrc(body))]);
    return Buffer.from(`:${checked.toString('hex').toUpperCase()}\r\n`, 'latin1');
  },
  judge(heard, waiting) {
    if (heard[0] !== COLON) return { wrong: `not the beginning of an ASCII frame: ${heard.toString('hex', 0, 16)}` };
    const end = heard.indexOf('\r\n', 0, 'latin1');
    if (end < 0) return heard.length > MAX_ASCII ? { wrong: 'an ASCII frame without end' } : null;
    const digits = heard.toString('latin1', 1, end);
    if (digits.length < 8 || !/^([0-9A-F]{2})+$/.test(digits))
      return { wrong: `not an ASCII frame: ${digits.slice(0, 32)}` };
    const checked = Buffer.from(digits, 'hex');
    const body = checked.subarray(0, -1);
    if (lrc(body) !== checked.at(-1)) return { wrong: 'an answer whose LRC is wrong' };
    return firstFit(waiting, (asked) => {
      const wrong = misfit(body, 0, asked);
      if (wrong) return { wrong };
      if (body.length !== bodyLength(body[1]!, asked)) return { wrong: `an answer of ${body.length} bytes in all` };
      return { asked, length: end + 2, frame: withCrc(body) };
    });
  },
};

export const framings = { tcp, rtu, ascii };
