import { z } from 'zod';

/** What the commands take that help to write a plant file. */
export const authoringCommands = {
  check: z
    .strictObject({
      file: z.string(),
      online: z.boolean().default(false),
      data: z.string().min(1).optional(),
    })
    .refine(({ online, data }) => online || data === undefined, { path: ['data'], message: 'needs --online' }),
  diff: z.strictObject({ old: z.string(), new: z.string(), json: z.boolean().default(false) }),
};
