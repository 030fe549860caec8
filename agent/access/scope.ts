/** What somebody may do; each includes those before it. */
export const SCOPES = ['read', 'enter', 'admin'] as const;
/** `read`: look and subscribe. `enter`: entries by hand, and what is done about alarms. `admin`: look after the agent. */
export type Scope = (typeof SCOPES)[number];

/** Whether who has the one may do what needs the other. */
export const suffices = (has: Scope, needed: Scope): boolean => SCOPES.indexOf(has) >= SCOPES.indexOf(needed);
