import { z } from 'zod';

const care = {
  config: z.string().min(1).optional(),
  data: z.string().min(1).default('data'),
  'token-file': z.string().min(1).optional(),
};

/** What the commands take that look after an agent. */
export const careCommands = {
  doctor: z.strictObject({ ...care, json: z.boolean().default(false) }),
  bundle: z.strictObject({
    ...care,
    out: z.string().min(1).default('pertonne-bundle.tar.gz'),
    log: z.string().min(1).optional(),
  }),
};
