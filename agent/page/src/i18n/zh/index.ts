import type { Messages } from '../en/index.ts';
import { access } from './access.ts';
import { entries } from './entries.ts';
import { overview } from './overview.ts';
import { system } from './system.ts';
import { views } from './views.ts';

/** 操作工看到的中文。花括号内为变量。 */
export const zh: Messages = { ...access, ...entries, ...overview, ...system, ...views };
