import { z } from 'zod';
import { Duration, Id } from '../../rules/options.ts';
import { SCOPES } from '../access/scope.ts';
import { TokenName } from '../access/tokenFile.ts';

/** What the commands take that say who may come in. */
export const accessCommands = {
  token: z.strictObject({
    action: z.enum(['add', 'list', 'remove'], 'add, list or remove'),
    name: TokenName.optional(),
    scope: z.enum(SCOPES, 'read, enter or admin').optional(),
    expires: Duration.optional(),
    lines: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(Id))
      .optional(),
    data: z.string().min(1).default('data'),
  }),
  audit: z.strictObject({
    action: z.enum(['verify', 'list'], 'verify or list'),
    data: z.string().min(1).default('data'),
    anchor: z.string().optional(),
  }),
};
