import { z } from 'zod';
import { Id } from './options.ts';

/** What operators enter by hand: plain data, taken by the engine like samples. An entry with a key seen before changes nothing. */

const Instant = z
  .union([
    z.int(),
    z.iso
      .datetime({ offset: true, error: 'an instant such as 2026-11-23T10:00:00+08:00' })
      .transform((text) => Temporal.Instant.from(text).epochMilliseconds),
  ])
  .describe('an instant with its offset, or milliseconds since 1970');

const Count = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(BigInt)])
  .describe('as the register shows it, before any scale; a string where it is above 2^53');

const common = {
  key: z.string().min(1).max(100).describe('of this entry alone: given twice, it counts once'),
  meter: Id,
  by: z.string().max(100).optional().describe('who entered it'),
};

export const SwapEntry = z
  .strictObject({
    type: z.literal('swap'),
    ...common,
    removedAt: Instant,
    last: Count.describe('last reading of the old meter, in counts'),
    installedAt: Instant,
    first: Count.describe('first reading of the new meter, in counts'),
    scale: z.number().positive().optional().describe('unit per count of the new meter, where it is another one'),
    modulus: z
      .union([z.number().int().positive(), z.string().regex(/^\d+$/).transform(BigInt)])
      .optional()
      .describe('raw count at which the new register rolls over, where it is another one'),
  })
  .describe('a meter was exchanged: each part counts with its own scale, the time without a meter is unknown');

const Piece = z.union([z.number(), z.string().min(1)]).describe('its identity: number or name');

export const PieceEntry = z
  .strictObject({
    type: z.literal('piece'),
    ...common,
    piece: Piece,
    amount: z.number().nonnegative().describe("in the meter's unit"),
    at: Instant.describe('when it was weighed or tapped'),
  })
  .describe('a piece weighed by hand: a coil, a ladle of tapped metal; of a piece that is known, its amount');

export const CorrectionEntry = z
  .strictObject({
    type: z.literal('correction'),
    ...common,
    piece: Piece,
    amount: z.number().nonnegative().describe("in the meter's unit"),
  })
  .describe('the right amount of a piece that was counted: a revision, not a second piece');

export const InventoryEntry = z
  .strictObject({
    type: z.literal('inventory'),
    ...common,
    amount: z.number().nonnegative().describe('in t'),
    at: Instant,
  })
  .describe('metal in the cells at a time');

export const Entry = z.discriminatedUnion('type', [SwapEntry, PieceEntry, CorrectionEntry, InventoryEntry]);
export type Entry = z.infer<typeof Entry>;
export const ENTRY_TYPES = ['swap', 'piece', 'correction', 'inventory'] as const satisfies readonly Entry['type'][];
export type SwapEntry = z.infer<typeof SwapEntry>;
export type PieceEntry = z.infer<typeof PieceEntry>;
export type CorrectionEntry = z.infer<typeof CorrectionEntry>;
