import { z } from 'zod';

/** SHA-1 or SHA-256, as certificate tools write it. */
const Thumbprint = z
  .string()
  .transform((text) => text.replace(/[:\s]/g, '').toUpperCase())
  .pipe(z.string().regex(/^([0-9A-F]{40}|[0-9A-F]{64})$/, 'a whole thumbprint: 40 (SHA-1) or 64 (SHA-256) hex digits'));

const Count = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'a whole number above 0')
  .transform(Number);

/** How a server is reached, and how much of it is looked at. */
export const access = {
  data: z.string().min(1).default('data'),
  node: z.string().min(1).default('i=85'),
  depth: Count.default(10),
  max: Count.default(5_000),
  mode: z.string().optional(),
  policy: z.string().optional(),
  'server-certificate': z.string().min(1).optional(),
  user: z.string().optional(),
  'password-file': z.string().min(1).optional(),
  'user-certificate': z.string().min(1).optional(),
  'user-key': z.string().min(1).optional(),
};
export type Access = z.infer<z.ZodObject<typeof access>>;

/** What the commands that look at OPC UA servers take. */
export const opcuaCommands = {
  trust: z.strictObject({
    file: z.string().optional(),
    data: z.string().min(1).default('data'),
    accept: Thumbprint.optional(),
    remove: Thumbprint.optional(),
  }),
  browse: z.strictObject({ file: z.string(), yaml: z.boolean().default(false), ...access }),
};
