import type { AlarmAction } from '../../rules/alarm.ts';
import type { Entry } from '../../rules/entry.ts';
import type { Ms, Sample } from '../../rules/sample.ts';

/** What one line of a file brings, or what is wrong with it. */
export type Line = Given | Faulty | Lost;

/** What an operator does. */
export type Hand = { readonly entry: Entry } | { readonly action: AlarmAction };

export interface Given {
  readonly line: number;
  readonly samples: readonly Sample[];
  /** Told by an agent: the rules were given this at that instant, and nothing in between. */
  readonly isStep?: true;
  /** Another step at the instant of the one before. */
  readonly isAgain?: true;
  /** An agent was started there: `from` is the step after which its rules were taken up; null: they began anew. */
  readonly start?: { readonly from: Ms | null };
  readonly entry?: Entry;
  readonly action?: AlarmAction;
  /** When the agent is taken to have received it. */
  readonly at: Ms;
}

export interface Faulty {
  readonly line: number;
  readonly fault: string;
}

/** What a killed agent's rules were given after its last checkpoint: it is in no figure. */
export interface Lost {
  readonly line: number;
  readonly isLost: true;
}

/** What reading a file of samples needs to know of the plant. */
export interface Known {
  readonly timeZone: string;
  /** Tags that samples may be of. */
  readonly tags: ReadonlySet<string>;
  /** Tags that are computed from others: samples of them are left out, since they are computed anew. */
  readonly derived: ReadonlySet<string>;
}

/** Without a time of receipt a sample was received when it was made, or with the line before it, whichever is later. */
export const receivedAt = (made: Ms, before: Ms | null): Ms => Math.max(made, before ?? made);

export const sampleAt = (tag: string, at: Ms, received: Ms, cell: Pick<Sample, 'value' | 'statusCode'>): Sample => ({
  tag,
  ...cell,
  sourceTimestamp: at,
  receivedAt: received,
});
