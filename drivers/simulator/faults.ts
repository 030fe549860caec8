import { Duration } from '../../rules/options.ts';
import type { Ms } from '../../rules/sample.ts';

/**
 * The closed list of what can be made to go wrong:
 * - `dead:<endpoint>`: nothing listens there;
 * - `dead:<gateway>/<unit>`: that unit gives no answer to its gateway, which says so (exception 0x0B);
 * - `bad:<node>`: the PLC reports BadDeviceFailure for that variable;
 * - `rollover:<line>`: the line's totalisers begin a minute before they roll over;
 * - `swap:<meter>@<duration>`: so long after the origin the meter is replaced by a new one that starts at 0.
 */
export type Fault =
  | { readonly kind: 'dead'; readonly endpoint: string; readonly unit?: number }
  | { readonly kind: 'bad'; readonly node: string }
  | { readonly kind: 'rollover'; readonly line: string }
  | { readonly kind: 'swap'; readonly meter: string; readonly after: Ms };

/** What there is for faults to befall. */
export interface Targets {
  readonly endpoints: readonly string[];
  /** `<gateway>/<unit>` */
  readonly units: readonly string[];
  readonly nodes: readonly string[];
  readonly lines: readonly string[];
  readonly meters: readonly string[];
}

/** A fault that is not on the list, or befalls what the plant has not. */
export class UnknownFault extends Error {
  override name = 'UnknownFault';
}

/** Reads the faults asked for; throws UnknownFault, which says what there is. */
export const parseFaults = (texts: readonly string[], targets: Targets): Fault[] =>
  texts.map((text) => parseFault(text, targets));

function parseFault(text: string, targets: Targets): Fault {
  const [, kind, target = ''] = /^(dead|bad|rollover|swap):(.+)$/.exec(text) ?? [];
  const oneOf = (known: readonly string[], name = target): string => {
    if (known.includes(name)) return name;
    throw new UnknownFault(`${text}: ${name} is none of ${known.join(', ')}`);
  };
  switch (kind) {
    case 'dead': {
      const [endpoint = '', unit] = oneOf([...targets.endpoints, ...targets.units]).split('/');
      return { kind, endpoint, ...(unit !== undefined && { unit: Number(unit) }) };
    }
    case 'bad':
      return { kind, node: oneOf(targets.nodes) };
    case 'rollover':
      return { kind, line: oneOf(targets.lines) };
    case 'swap': {
      const [meter = '', after] = target.split('@');
      const duration = Duration.safeParse(after);
      if (!duration.success) throw new UnknownFault(`${text}: when? Write swap:<meter>@<duration>, such as @10min`);
      return { kind, meter: oneOf(targets.meters, meter), after: duration.data };
    }
    default:
      throw new UnknownFault(`${text}: none of dead:, bad:, rollover:, swap:`);
  }
}
