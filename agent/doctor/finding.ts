/** How grave it is: `fault` keeps the agent from its work or will soon, `warn` is to be looked at. */
export const STATES = ['ok', 'warn', 'fault'] as const;

/** One thing that was looked at. */
export interface Finding {
  readonly about: string;
  readonly state: (typeof STATES)[number];
  readonly says: string;
  /** What to do; of what is not in order. */
  readonly todo?: string;
}

export const ok = (about: string, says: string): Finding => ({ about, state: 'ok', says });
export const warn = (about: string, says: string, todo: string): Finding => ({ about, state: 'warn', says, todo });
export const fault = (about: string, says: string, todo: string): Finding => ({ about, state: 'fault', says, todo });

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const DAY = 86_400_000;
/** Ms before its end from which a certificate is told of. */
const SOON = 30 * DAY;

/** What there is to say of a certificate that is valid until `to`, at `now`. */
export function expiry(about: string, what: string, to: number, now: number, todo: string): Finding {
  const until = new Date(to).toISOString().slice(0, 10);
  if (to <= now) return fault(about, `${what} has expired on ${until}`, todo);
  if (to - now < SOON) return warn(about, `${what} expires in ${Math.floor((to - now) / DAY)} days, on ${until}`, todo);
  return ok(about, `${what} is valid until ${until}`);
}
