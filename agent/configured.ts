import { type Definitions, redefinedIn } from '../config/definition.ts';
import { carryOver } from '../rules/carry.ts';
import type { Step } from '../rules/engine.ts';
import type { Plan } from '../rules/plan.ts';
import type { Ms } from '../rules/sample.ts';
import type { Redefined } from '../rules/saved.ts';
import type { Output, State } from '../rules/state.ts';

/** A configuration, as the pipeline needs it. */
export interface Configured {
  readonly plan: Plan;
  /** Stands in every evaluation. */
  readonly fingerprint: string;
  /** By which a checkpoint, or another configuration, is known to be of something else. */
  readonly definitions: Definitions;
}

/** A configuration, as long as it is in force. */
export interface InForce extends Configured {
  /** The one before it, and when it took over: windows that had ended by then were filled under that. */
  readonly former?: { readonly fingerprint: string; readonly until: Ms };
}

/** The fingerprint that the figure of a window that ends at `end` carries. */
export const fingerprintAt = ({ fingerprint, former }: Pick<InForce, 'fingerprint' | 'former'>, end: Ms): string =>
  former && end <= former.until ? former.fingerprint : fingerprint;

/** What follows when another configuration takes over at `now`: outputs are still of the one before. */
export function succeed(
  { plan, fingerprint, definitions }: InForce,
  to: Configured,
  state: State,
  now: Ms,
): Step & { readonly inForce: InForce; readonly redefined: Redefined } {
  const redefined = redefinedIn(definitions, to.definitions);
  const step = carryOver(plan, to.plan, state, now, redefined);
  return { ...step, redefined, inForce: { ...to, former: { fingerprint, until: now } } };
}

const ANEW = 'its readings mean something else since the configuration was changed: it counts anew';

export const notesOf = ({ meters }: Redefined): Output[] =>
  [...meters].map((meter) => ({ type: 'note', meter, event: 'redefined', detail: ANEW }));
