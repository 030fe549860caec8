import type { Point } from '../driver.ts';
import type { Address } from './address.ts';
import { framingOf, type Options } from './options.ts';

/** How a unit may be asked: the endpoint's word, made narrower by the unit's own and by what its profiles say. */
export interface Limits {
  readonly maxBlock: number;
  readonly maxGap: number;
  /** [first, last] of registers never to be read. */
  readonly forbidden: readonly (readonly [number, number])[];
}

/** The limits of the unit whose points these are. */
export function limitsOf(points: readonly Point<Address>[], options: Options): Limits {
  const own = options.units[points[0]!.address.unitId] ?? {};
  const devices = points.flatMap(({ address }) => address.device ?? []);
  const least = (limit: 'maxBlock' | 'maxGap'): number =>
    Math.min(own[limit] ?? options[limit], ...devices.map((device) => device[limit] ?? Number.POSITIVE_INFINITY));
  return {
    maxBlock: least('maxBlock'),
    maxGap: least('maxGap'),
    forbidden: devices.flatMap(({ forbidden }) => forbidden),
  };
}

/** Whatever devices allow. */
export const MOST_IN_FLIGHT = 16;

/** Requests that a connection may have under way: the endpoint's word, or the least that its devices' makers allow. */
export const inFlightOf = (points: readonly Point<Address>[], { maxInFlight }: Options): number =>
  maxInFlight ?? Math.min(MOST_IN_FLIGHT, ...points.map(({ address }) => address.device?.maxInFlight ?? 1));

/** Milliseconds between an answer and the next request. RTU tells frames apart by 3.5 characters of silence. */
export function pauseOf(options: Options): number {
  const { serial, pause } = options;
  if (!serial || framingOf(options) !== 'rtu') return pause;
  const bitsOfCharacter = 1 + serial.dataBits + (serial.parity === 'none' ? 0 : 1) + serial.stopBits;
  // Modbus over Serial Line V1.02, 2.5.1.1: above 19200 baud it is 1.75 ms.
  const silence = serial.baudRate > 19_200 ? 1.75 : (3.5 * bitsOfCharacter * 1000) / serial.baudRate;
  return Math.max(pause, serial.frameDelay ?? Math.ceil(silence));
}
