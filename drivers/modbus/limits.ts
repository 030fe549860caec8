import type { Point } from '../driver.ts';
import type { Address } from './address.ts';
import type { Options } from './options.ts';

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

/** Requests that a connection may have under way: the endpoint's word, or the least that its devices' makers allow. */
export const inFlightOf = (points: readonly Point<Address>[], { maxInFlight }: Options): number =>
  maxInFlight ?? Math.min(16, ...points.map(({ address }) => address.device?.maxInFlight ?? 1));
