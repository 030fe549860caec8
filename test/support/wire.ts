/** Function codes that read (Modbus Application Protocol V1.1b3, 6.1 to 6.4). */
const READING_CODES = new Set([1, 2, 3, 4]);

/** Services that change nothing but what belongs to the client itself: its channel, session and subscriptions (OPC UA Part 4). */
const READING_SERVICES = new Set([
  'FindServers',
  'GetEndpoints',
  'OpenSecureChannel',
  'CloseSecureChannel',
  'CreateSession',
  'ActivateSession',
  'CloseSession',
  'Cancel',
  'Read',
  'Browse',
  'BrowseNext',
  'TranslateBrowsePathsToNodeIds',
  'CreateSubscription',
  'ModifySubscription',
  'SetPublishingMode',
  'DeleteSubscriptions',
  'TransferSubscriptions',
  'CreateMonitoredItems',
  'ModifyMonitoredItems',
  'DeleteMonitoredItems',
  'SetMonitoringMode',
  'Publish',
  'Republish',
]);

/** What a driver was seen to send: `modbus 3`, `opcua Read`, or `unknown` with its first bytes. */
export type Said = string;

/** Whether it only reads. A list of what may be: what is on no list is refused. */
export function reads(said: Said): boolean {
  const [protocol, what = ''] = said.split(' ');
  if (protocol === 'modbus') return READING_CODES.has(Number(what));
  return protocol === 'opcua' && READING_SERVICES.has(what);
}

/** Whether this is the first message of an OPC UA client (Part 6, 7.1.2.3). */
export const isOpcUa = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 4) === 'HELF';

/** Hears what a driver sends over one connection, in pieces of any size. */
export class Listener {
  #heard: Buffer = Buffer.alloc(0);
  #framing: Framing | null = null;

  /** What can be told so far and was not told before; nothing of OPC UA, whose messages are mostly encrypted. */
  hear(bytes: Buffer): Said[] {
    this.#heard = Buffer.concat([this.#heard, bytes]);
    this.#framing ??= framingOf(this.#heard);
    if (this.#framing === 'opcua') return [];
    const said: Said[] = [];
    while (this.#framing && this.#heard.length > 0) {
      const next = FRAMES[this.#framing](this.#heard);
      if (next === null) break;
      said.push(next.said);
      this.#heard = this.#heard.subarray(next.length);
    }
    return said;
  }
}

type Framing = 'opcua' | 'tcp' | 'rtu' | 'ascii';

/** Null until there are bytes enough to tell by. */
function framingOf(heard: Buffer): Framing | null {
  if (isOpcUa(heard)) return 'opcua';
  if (heard[0] === 0x3a) return 'ascii';
  if (heard.length < 8) return null;
  if (crc(heard.subarray(0, 6)) === heard.readUInt16LE(6)) return 'rtu';
  return heard.readUInt16BE(2) === 0 && heard.readUInt16BE(4) >= 6 && heard.readUInt16BE(4) <= 254 ? 'tcp' : 'rtu';
}

interface Frame {
  readonly said: Said;
  readonly length: number;
}

/** The first frame of what was heard; null while it is not whole. */
const FRAMES: Record<Exclude<Framing, 'opcua'>, (heard: Buffer) => Frame | null> = {
  tcp: (heard) => {
    if (heard.length < 8 || heard.length < 6 + heard.readUInt16BE(4)) return null;
    if (heard.readUInt16BE(2) !== 0) return stray(heard);
    return { said: `modbus ${heard[7]}`, length: 6 + heard.readUInt16BE(4) };
  },
  // Without a length in the frame, all that reads is eight bytes long; anything else is refused by its code.
  rtu: (heard) => {
    if (heard.length < 8) return null;
    const frame = heard.subarray(0, 8);
    if (READING_CODES.has(frame[1]!) && crc(frame.subarray(0, 6)) !== frame.readUInt16LE(6)) return stray(heard);
    return { said: `modbus ${frame[1]}`, length: 8 };
  },
  ascii: (heard) => {
    const end = heard.indexOf('\r\n');
    if (end < 0) return null;
    if (heard[0] !== 0x3a) return stray(heard);
    return { said: `modbus ${Number.parseInt(heard.toString('latin1', 3, 5), 16)}`, length: end + 2 };
  },
};

const stray = (heard: Buffer): Frame => ({ said: `unknown ${heard.toString('hex', 0, 16)}`, length: heard.length });

/** CRC-16/MODBUS. */
function crc(bytes: Buffer): number {
  let rest = 0xffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xa001 : rest >>> 1;
  }
  return rest;
}
