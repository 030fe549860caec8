import type { Ms } from '../../rules/sample.ts';
import type { Piece } from './piece.ts';
import type { PotDay } from './potline.ts';

/** A variable of the PLC; its string node id is the key that it stands under. */
export interface Node {
  readonly type: 'Double' | 'UInt32' | 'String';
  /** What its EngineeringUnits say; a node without has none. */
  readonly unit?: PlcUnit;
  value(at: Ms): number | string;
}

export type PlcUnit = 'kW' | 'kWh' | 'kA' | 'V' | 't' | 'm3/h';

/**
 * A device that the PLC also shows as an object of a type: a scale as OPC UA for Scales has it, a meter as its maker
 * does. Its variables show the nodes named here.
 */
export type Device =
  | { readonly kind: 'scale'; readonly name: string; readonly shows: Shown<'weight' | 'sequence' | 'pieceId'> }
  | { readonly kind: 'meter'; readonly name: string; readonly shows: Shown<'energy' | 'power'> };
type Shown<Variable extends string> = Readonly<Record<Variable, string>>;

export type RegisterType = 'uint32' | 'int32' | 'uint64' | 'float32';

/** A value in a meter's holding registers. */
export interface Register {
  /** Zero-based address of its first word. */
  readonly register: number;
  readonly type: RegisterType;
  /** ABCD: high word first. CDAB: low word first. */
  readonly wordOrder: 'ABCD' | 'CDAB';
  value(at: Ms): number | bigint;
}

/** What stands behind a Modbus gateway: the registers of each unit. */
export type Units = ReadonlyMap<number, readonly Register[]>;

/** A totalising meter before any fault. */
export interface Meter {
  readonly id: string;
  readonly line: string;
  /** Counts of its register for one unit of the quantity (kWh, m3). */
  readonly perUnit: number;
  /** Raw count at which its register rolls over. */
  readonly modulus: bigint;
  /** Its register at the origin. */
  readonly start: bigint;
  /** A usual rate, in units per hour. */
  readonly usual: number;
  /** Units since the origin. */
  total(at: Ms): number;
}

/** The simulator's own book-keeping, against which an agent's figures are held. */
export interface Book {
  readonly origin: Ms;
  readonly at: Ms;
  /** Since the origin, by meter id: kWh or m3; and the plant's other sums, by name. */
  readonly totals: Readonly<Record<string, number>>;
  /** The meters' registers now, by meter id, swaps and rollovers included. */
  readonly counts: Readonly<Record<string, bigint>>;
  readonly coils: readonly Piece[];
  readonly ladles: readonly Piece[];
  readonly days: readonly PotDay[];
}

/** The register of the meter of that id, its faults included, at an instant. */
export type Count = (meter: string, at: Ms) => bigint;

/** A plant without its servers and its faults. */
export interface Plant {
  /** Endpoint id of the PLC. */
  readonly plc: string;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly devices: readonly Device[];
  readonly meters: readonly Meter[];
  /** By endpoint id. */
  gateways(count: Count): ReadonlyMap<string, Units>;
  book(at: Ms): Omit<Book, 'counts'>;
}
