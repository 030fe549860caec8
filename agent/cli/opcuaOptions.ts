import { z } from 'zod';

/** SHA-1 or SHA-256, as certificate tools write it. */
const Thumbprint = z
  .string()
  .transform((text) => text.replace(/[:\s]/g, '').toUpperCase())
  .pipe(z.string().regex(/^([0-9A-F]{40}|[0-9A-F]{64})$/, 'a whole thumbprint: 40 (SHA-1) or 64 (SHA-256) hex digits'));

/** What the commands that look at OPC UA servers take. */
export const opcuaCommands = {
  trust: z.strictObject({
    file: z.string().optional(),
    data: z.string().min(1).default('data'),
    accept: Thumbprint.optional(),
    remove: Thumbprint.optional(),
  }),
};
