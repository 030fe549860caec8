import { z } from 'zod';
import { Duration } from '../../rules/options.ts';
import { MAX_REGISTERS } from './address.ts';

const MaxGap = z.number().int().min(0).max(MAX_REGISTERS);
const MaxBlock = z.number().int().min(4).max(MAX_REGISTERS);

const Serial = z
  .strictObject({
    path: z.string().min(1).describe('such as /dev/ttyUSB0 or COM3'),
    baudRate: z.number().int().min(300).max(4_000_000).default(9600),
    parity: z.enum(['none', 'even', 'odd']).default('none'),
    dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
    stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
    frameDelay: Duration.optional().describe('silence between two frames; default 3.5 characters (RTU)'),
  })
  .describe('a serial line, which needs the optional package serialport');
export type Serial = z.infer<typeof Serial>;

const Unit = z.strictObject({
  timeout: Duration.optional(),
  maxGap: MaxGap.optional(),
  maxBlock: MaxBlock.optional(),
});

/** Either `host` or `serial`; a file of before there were serial lines is still valid. */
export const options = z
  .strictObject({
    host: z.string().min(1).optional().describe('name or address of the device or gateway'),
    port: z.number().int().min(1).max(65_535).default(502),
    serial: Serial.optional(),
    framing: z
      .enum(['tcp', 'rtu', 'ascii'])
      .optional()
      .describe('default tcp to a host and rtu on a serial line; rtu to a host is RTU through a gateway of bytes'),
    timeout: Duration.prefault('1s').describe('longest wait for an answer, in real time'),
    pause: Duration.prefault('0ms').describe('silence after an answer before the next request, for slow devices'),
    maxInFlight: z
      .number()
      .int()
      .min(1)
      .max(16)
      .optional()
      .describe('requests under way at once (tcp only); default what the profiles of all its tags allow, else 1'),
    maxGap: MaxGap.default(8).describe(
      'registers that may be read in vain to join two blocks; 0 for devices that refuse gaps',
    ),
    maxBlock: MaxBlock.default(MAX_REGISTERS).describe('most registers the device hands out at once'),
    units: z
      .record(z.string().regex(/^\d{1,3}$/, 'a unit id'), Unit)
      .default({})
      .describe('by unit id, what is different for that unit'),
  })
  .superRefine((given, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (given.host === undefined && !given.serial) fault('host', 'missing, and there is no serial either');
    if (given.host !== undefined && given.serial) fault('serial', 'beside host: an endpoint is one connection');
    if (given.serial && given.framing === 'tcp') fault('framing', 'a serial line speaks rtu or ascii');
    if ((given.maxInFlight ?? 1) > 1 && framingOf(given) !== 'tcp')
      fault('maxInFlight', 'only tcp tells which answer belongs to which request');
  });
export type Options = z.infer<typeof options>;

export const framingOf = ({ framing, serial }: Pick<Options, 'framing' | 'serial'>): 'tcp' | 'rtu' | 'ascii' =>
  framing ?? (serial ? 'rtu' : 'tcp');

/** The physical connection: what no two endpoints may have in common, since their requests would collide. */
export const lineOf = ({ host, port, serial }: Options): string => serial?.path ?? `${host}:${port}`;
