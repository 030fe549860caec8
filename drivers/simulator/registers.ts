import type { Ms } from '../../rules/sample.ts';
import type { Register, RegisterType, Units } from './contract.ts';

const READ_HOLDING_REGISTERS = 3;
const MAX_QUANTITY = 125;
/** Exception codes of the Modbus application protocol, section 7. */
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;
export const TARGET_DOES_NOT_ANSWER = 0x0b;

/** The reply PDU to a request PDU; all its values come from the one instant. */
export function reply(units: Units, dead: ReadonlySet<number>, unit: number, request: Buffer, at: Ms): Buffer {
  const code = request.readUInt8(0);
  const exception = (reason: number): Buffer => Buffer.from([code | 0x80, reason]);
  const registers = dead.has(unit) ? undefined : units.get(unit);
  if (!registers) return exception(TARGET_DOES_NOT_ANSWER);
  if (code !== READ_HOLDING_REGISTERS) return exception(ILLEGAL_FUNCTION);
  if (request.length !== 5) return exception(ILLEGAL_VALUE);
  const quantity = request.readUInt16BE(3);
  if (quantity < 1 || quantity > MAX_QUANTITY) return exception(ILLEGAL_VALUE);
  const words = read(registers, request.readUInt16BE(1), quantity, at);
  return words ? Buffer.concat([Buffer.from([code, quantity * 2]), words]) : exception(ILLEGAL_ADDRESS);
}

/** The words from `first` on, or null where a register does not exist. */
function read(registers: readonly Register[], first: number, quantity: number, at: Ms): Buffer | null {
  const words = Buffer.alloc(quantity * 2);
  let found = 0;
  for (const point of registers) {
    const offset = point.register - first;
    if (offset >= quantity || offset + width(point.type) <= 0) continue;
    const encoded = encode(point, point.value(at));
    for (let word = 0; word < encoded.length / 2; word += 1) {
      if (offset + word < 0 || offset + word >= quantity) continue;
      encoded.copy(words, (offset + word) * 2, word * 2, word * 2 + 2);
      found += 1;
    }
  }
  return found === quantity ? words : null;
}

const width = (type: RegisterType): number => (type.endsWith('64') ? 4 : 2);

function encode({ type, wordOrder }: Register, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(width(type) * 2);
  if (type === 'uint64') bytes.writeBigUInt64BE(BigInt(value));
  else if (type === 'uint32') bytes.writeUInt32BE(Number(value));
  else if (type === 'int32') bytes.writeInt32BE(Number(value));
  else bytes.writeFloatBE(Number(value));
  // reversing all bytes and then those of each word reverses the words
  return wordOrder === 'CDAB' ? bytes.reverse().swap16() : bytes;
}
