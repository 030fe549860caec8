import { z } from 'zod';
import { Id, Plain } from './options.ts';

/** What operators enter by hand: plain data, taken by the engine like samples. An entry with a key seen before changes nothing. */

/** What a log can hold: its keys have instants of thirteen digits. */
const [EARLIEST, LATEST] = [1e12, 1e13 - 1];

const Instant = z
  .union([
    z.int(),
    z.iso
      .datetime({ offset: true, error: 'an instant such as 2026-11-23T10:00:00+08:00' })
      .transform((text) => Date.parse(text)),
  ])
  .refine((at) => at >= EARLIEST && at <= LATEST, 'an instant between 2001 and 2286')
  .describe('an instant with its offset, or milliseconds since 1970');

/** Beyond any register and any amount, and far from where sums of doubles end. */
const LARGEST = 1e20;

/** A 64-bit register has up to twenty digits. */
const Digits = z
  .string()
  .regex(/^\d{1,20}$/, 'up to twenty digits')
  .transform(BigInt);
const Count = z
  .union([z.number().min(-LARGEST).max(LARGEST), Digits])
  .describe('as the register shows it, before any scale; a string where it is above 2^53');

const common = {
  key: Plain.min(1).max(100).describe('of this entry alone: given twice, it counts once'),
  meter: Id,
  by: Plain.max(100).optional().describe('who entered it'),
};

export const SwapEntry = z
  .strictObject({
    type: z.literal('swap'),
    ...common,
    removedAt: Instant,
    last: Count.describe('last reading of the old meter, in counts'),
    installedAt: Instant,
    first: Count.describe('first reading of the new meter, in counts'),
    scale: z
      .number()
      .positive()
      .max(LARGEST)
      .optional()
      .describe('unit per count of the new meter, where it is another one'),
    modulus: z
      .union([z.number().int().positive(), Digits.refine((modulus) => modulus > 0n, 'is 0')])
      .optional()
      .describe('raw count at which the new register rolls over, where it is another one'),
  })
  .describe('a meter was exchanged: each part counts with its own scale, the time without a meter is unknown');

const Piece = z.union([z.number(), Plain.min(1).max(100)]).describe('its identity: number or name');

export const PieceEntry = z
  .strictObject({
    type: z.literal('piece'),
    ...common,
    piece: Piece,
    amount: z.number().nonnegative().max(LARGEST).describe("in the meter's unit"),
    at: Instant.describe('when it was weighed or tapped'),
  })
  .describe('a piece weighed by hand: a coil, a ladle of tapped metal; of a piece that is known, its amount');

export const CorrectionEntry = z
  .strictObject({
    type: z.literal('correction'),
    ...common,
    piece: Piece,
    amount: z.number().nonnegative().max(LARGEST).describe("in the meter's unit"),
  })
  .describe('the right amount of a piece that was counted: a revision, not a second piece');

export const InventoryEntry = z
  .strictObject({
    type: z.literal('inventory'),
    ...common,
    amount: z.number().nonnegative().max(LARGEST).describe('in t'),
    at: Instant,
  })
  .describe('metal in the cells at a time');

export const CellsEntry = z
  .strictObject({
    type: z.literal('cells'),
    ...common,
    cells: z.int().nonnegative().max(10_000),
    at: Instant,
  })
  .describe(
    'cells in operation from then on, until others are told, for all metal from the same current of which no tag says it',
  );

export const Entry = z.discriminatedUnion('type', [SwapEntry, PieceEntry, CorrectionEntry, InventoryEntry, CellsEntry]);
export type Entry = z.infer<typeof Entry>;
export const ENTRY_TYPES = [
  'swap',
  'piece',
  'correction',
  'inventory',
  'cells',
] as const satisfies readonly Entry['type'][];
export type SwapEntry = z.infer<typeof SwapEntry>;
export type PieceEntry = z.infer<typeof PieceEntry>;
export type CorrectionEntry = z.infer<typeof CorrectionEntry>;
export type CellsEntry = z.infer<typeof CellsEntry>;
