import { access } from './access.ts';
import { entries } from './entries.ts';
import { overview } from './overview.ts';
import { system } from './system.ts';
import { views } from './views.ts';

/** What operators read, in English. Placeholders in braces. */
export const en = { ...access, ...entries, ...overview, ...system, ...views } as const;

export type Key = keyof typeof en;
export type Messages = Readonly<Record<Key, string>>;
