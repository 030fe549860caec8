import { z } from 'zod';

/** Registers that each type takes; 0 where the address says so itself. */
const WORDS = {
  bit: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
  bcd: 0,
  mod10: 0,
  string: 0,
} as const;
export type ValueType = keyof typeof WORDS;

const TYPES = Object.keys(WORDS) as [ValueType, ...ValueType[]];
/** Without a flag: a pattern in a JSON Schema has none. */
const INTEGER = /^(0[xX][0-9a-fA-F]{1,16}|-?\d{1,20})$/;
/** A count of bcd or mod10 in more registers would not fit 64 bits. */
const MOST_DECIMAL = 4;
/** Modbus Application Protocol V1.1b3, 6.3 and 6.1: what one answer can hold. */
export const MAX_REGISTERS = 125;
export const MAX_BITS = 2000;

const Register = z.number().int().min(0).max(65_535);
const NotAvailable = z.union([
  z.number(),
  z.literal('NaN'),
  z.string().regex(INTEGER, 'a raw value such as 32768, "0xFFFFFFFFFFFFFFFF" or "NaN"'),
]);

const Device = z
  .strictObject({
    forbidden: z
      .array(z.tuple([Register, Register]).refine(([from, to]) => from <= to, 'the first is above the second'))
      .default([])
      .describe('[first, last] of registers that must never be read'),
    maxBlock: z.number().int().min(4).max(MAX_REGISTERS).optional().describe('most registers it hands out at once'),
    maxGap: z.number().int().min(0).max(MAX_REGISTERS).optional().describe('registers that may be read in vain'),
    maxInFlight: z.number().int().min(1).max(16).optional().describe('requests that it bears at once, over TCP'),
  })
  .describe('what its maker says of the device; a profile says it for all its points');

const Address = z.strictObject({
  unitId: z.number().int().min(0).max(247).default(1),
  function: z.enum(['holdingRegister', 'inputRegister', 'coil', 'discreteInput']).default('holdingRegister'),
  register: Register.describe('zero-based address; register 40001 of a manual is 0'),
  type: z
    .enum(TYPES)
    .describe('bcd: four decimals a register; mod10: 0 to 9999 a register; string: two characters a register'),
  length: z.number().int().min(1).max(60).optional().describe('registers of a bcd or mod10 (1 to 4) or a string'),
  wordOrder: z
    .enum(['ABCD', 'CDAB', 'BADC', 'DCBA'])
    .default('ABCD')
    .describe('CDAB reverses the words, BADC swaps the bytes in each word, DCBA does both'),
  notAvailable: z
    .union([NotAvailable, z.array(NotAvailable)])
    .default([])
    .transform((one) => [one].flat())
    .describe('raw values that mean "not available"; for floats values, "NaN", or bit patterns as "0x…"'),
  bit: z.number().int().min(0).max(15).optional().describe('which bit of a register; 0 is the lowest'),
  offset: z.number().optional().describe('counts to add to what the device holds'),
  exponent: Register.optional().describe('register of an int16: the count is times ten to that power (-10 to 10)'),
  device: Device.optional(),
});
export type Address = z.infer<typeof Address>;

/** Registers (or bits) that an address takes, without its exponent. */
export const wordsOf = ({ type, length }: Pick<Address, 'type' | 'length'>): number => length ?? WORDS[type];

/** What must be read at once for a value: its first register, and the one after its last. */
export function spanOf(address: Address): { start: number; end: number } {
  const { register, exponent = register } = address;
  return { start: Math.min(register, exponent), end: Math.max(register + wordsOf(address), exponent + 1) };
}

/** Coils and discrete inputs are read as bits, the other two tables as registers. */
export const isBitTable = ({ function: table }: Pick<Address, 'function'>): boolean =>
  table === 'coil' || table === 'discreteInput';

/** A tag's place in a Modbus device. */
export const address = Address.superRefine((given, context) => {
  for (const [key, message] of faultsOf(given)) context.addIssue({ code: 'custom', path: [key], message });
});

function* faultsOf(given: Address): Generator<[key: keyof Address, message: string]> {
  const { type, length, bit, exponent } = given;
  const hasLength = WORDS[type] === 0;
  if (hasLength !== (length !== undefined))
    yield ['length', hasLength ? `a ${type} says how many registers it takes` : `a ${type} has its own length`];
  else if (hasLength && type !== 'string' && length! > MOST_DECIMAL)
    yield ['length', `a ${type} takes 1 to ${MOST_DECIMAL} registers`];
  if (spanOf(given).end > 65_536) yield ['register', `a ${type} here reaches beyond 65535`];
  if (isBitTable(given)) {
    if (type !== 'bit') yield ['type', `a ${given.function} holds a bit`];
    if (bit !== undefined) yield ['bit', `a ${given.function} has no bits to choose from`];
  } else if ((type === 'bit') !== (bit !== undefined)) yield ['bit', 'type bit and bit 0..15 belong together'];
  if (!type.startsWith('float') && !given.notAvailable.every((raw) => fits(raw, given)))
    yield ['notAvailable', notAvailableText(given)];
  yield* arithmeticFaults(given, exponent);
}

function* arithmeticFaults(given: Address, exponent: number | undefined): Generator<[keyof Address, string]> {
  const isNumber = given.type !== 'bit' && given.type !== 'string';
  if (given.offset !== undefined && !isNumber) yield ['offset', `a ${given.type} is no number`];
  if (exponent === undefined) return;
  if (!isNumber) yield ['exponent', `a ${given.type} is no number`];
  const { start, end } = spanOf(given);
  if (end - start > MAX_REGISTERS)
    yield ['exponent', `further from its register than the ${MAX_REGISTERS} of one answer`];
  if (exponent >= given.register && exponent < given.register + wordsOf(given))
    yield ['exponent', 'lies within the value itself'];
}

const notAvailableText = (given: Address): string =>
  given.type === 'string'
    ? 'a string has none'
    : `whole numbers of ${16 * wordsOf(given)} bits, above 2^53 as a string "0x…"`;

/** YAML rounds numbers above 2^53, so that a pattern there must be a string to mean what was written. */
function fits(raw: number | string, given: Address): boolean {
  if (given.type === 'string') return false;
  if (typeof raw === 'number' ? !Number.isSafeInteger(raw) : raw === 'NaN') return false;
  const count = BigInt(raw);
  const bits = BigInt(16 * wordsOf(given));
  return count < 1n << bits && count >= -(1n << (bits - 1n));
}
