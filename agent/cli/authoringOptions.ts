import { z } from 'zod';
import { access } from './opcuaOptions.ts';

/** What the commands take that help to write a plant file. */
export const authoringCommands = {
  check: z
    .strictObject({
      file: z.string(),
      online: z.boolean().default(false),
      data: z.string().min(1).optional(),
    })
    .refine(({ online, data }) => online || data === undefined, { path: ['data'], message: 'needs --online' }),
  init: z
    .strictObject({
      out: z.string().min(1).default('plant.yaml'),
      force: z.boolean().default(false),
      agent: z.string().min(1).default('plant'),
      path: z.string().min(1).default('works/site'),
      'time-zone': z.string().min(1).default('Asia/Shanghai'),
      modbus: z.string().min(1).optional(),
      profile: z.string().min(1).optional(),
      opcua: z.string().min(1).optional(),
      line: z.string().min(1).optional(),
      model: z.string().min(1).optional(),
      route: z.string().min(1).optional(),
      meter: z.array(z.string()).default([]),
      ...access,
    })
    .superRefine(({ modbus, profile, opcua, line, model, meter }, { addIssue }) => {
      const fault = (path: string, message: string): void => addIssue({ code: 'custom', path: [path], message });
      if ((modbus === undefined) !== (profile === undefined)) fault('profile', 'goes with --modbus, and it with that');
      if ((line === undefined) !== (model === undefined)) fault('model', 'goes with --line, and it with that');
      if (meter.length > 0 && line === undefined) fault('meter', 'is of a line: --line and --model');
      if (line !== undefined && modbus === undefined && opcua === undefined) fault('line', 'needs --modbus or --opcua');
    }),
  diff: z.strictObject({ old: z.string(), new: z.string(), json: z.boolean().default(false) }),
};
