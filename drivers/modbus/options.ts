import { z } from 'zod';
import { Duration } from '../../rules/options.ts';

export const options = z.strictObject({
  host: z.string().min(1).describe('name or address of the device or gateway'),
  port: z.number().int().min(1).max(65_535).default(502),
  timeout: Duration.prefault('1s').describe('longest wait for an answer, in real time; then the connection is renewed'),
  maxGap: z
    .number()
    .int()
    .min(0)
    .max(125)
    .default(8)
    .describe('registers that may be read in vain to join two blocks; 0 for devices that refuse gaps'),
  maxBlock: z.number().int().min(4).max(125).default(125).describe('most registers the device hands out at once'),
});
export type Options = z.infer<typeof options>;

/** Registers that each type takes. */
export const WORDS = {
  bit: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
} as const;
export type ValueType = keyof typeof WORDS;

const TYPES = Object.keys(WORDS) as [ValueType, ...ValueType[]];
const INTEGER = /^(0x[0-9a-f]{1,16}|-?\d{1,20})$/i;

const NotAvailable = z.union([
  z.number(),
  z.literal('NaN'),
  z.string().regex(INTEGER, 'a raw value such as 32768, "0xFFFFFFFFFFFFFFFF" or "NaN"'),
]);

const Address = z.strictObject({
  unitId: z.number().int().min(0).max(247).default(1),
  function: z.enum(['holdingRegister', 'inputRegister', 'coil', 'discreteInput']).default('holdingRegister'),
  register: z.number().int().min(0).max(65_535).describe('zero-based address; register 40001 of a manual is 0'),
  type: z.enum(TYPES),
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
});
export type Address = z.infer<typeof Address>;

/** A tag's place in a Modbus device. */
export const address = Address.superRefine((given, context) => {
  const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if (given.register + WORDS[given.type] > 65_536) fault('register', `a ${given.type} here reaches beyond 65535`);
  if (isBitTable(given)) {
    if (given.type !== 'bit') fault('type', `a ${given.function} holds a bit`);
    if (given.bit !== undefined) fault('bit', `a ${given.function} has no bits to choose from`);
  } else if ((given.type === 'bit') !== (given.bit !== undefined)) {
    fault('bit', 'type bit and bit 0..15 belong together');
  }
  if (!given.type.startsWith('float') && !given.notAvailable.every((raw) => fits(raw, given.type))) {
    fault('notAvailable', `whole numbers of ${16 * WORDS[given.type]} bits, above 2^53 as a string "0x…"`);
  }
});

/** Coils and discrete inputs are read as bits, the other two tables as registers. */
export const isBitTable = ({ function: table }: Pick<Address, 'function'>): boolean =>
  table === 'coil' || table === 'discreteInput';

/** YAML rounds numbers above 2^53, so that a pattern there must be a string to mean what was written. */
function fits(raw: number | string, type: ValueType): boolean {
  if (typeof raw === 'number' ? !Number.isSafeInteger(raw) : raw === 'NaN') return false;
  const count = BigInt(raw);
  const bits = BigInt(16 * WORDS[type]);
  return count < 1n << bits && count >= -(1n << (bits - 1n));
}
