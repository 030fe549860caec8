import { z } from 'zod';
import { AlarmView } from '../http/contract.ts';
import { Cursor, Instant, LiveValue, RECORD_KINDS, Seq, WindowKind, WireRecord } from './protocol.ts';

/** Frames of the WebSocket protocol `pertonne.v1`; what they carry is in protocol.ts. */
export const SUBPROTOCOL = 'pertonne.v1';

const Globs = z.array(z.string().max(200)).max(100);
export const Subscribe = z.object({
  type: z.literal('subscribe'),
  id: z.string().min(1).max(64),
  metrics: Globs.optional(),
  tags: Globs.optional(),
  equipment: Globs.optional(),
  kinds: z.array(z.enum(RECORD_KINDS)).optional(),
  windows: z.array(WindowKind).optional(),
  records: z.object({ from: z.union([z.enum(['now', 'earliest']), Cursor]) }).optional(),
  live: z.object({ everyMs: z.number().int().min(50).max(3_600_000) }).optional(),
  durable: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .describe(
      'name under which the agent keeps the place in the records; `from`, where it is no cursor, is where it begins the first time',
    ),
});
export type Subscribe = z.infer<typeof Subscribe>;
export const Ack = z.object({ type: z.literal('ack'), id: z.string().max(64), cursor: Cursor });
export const ReaderFrame = z.discriminatedUnion('type', [Subscribe, Ack]);
export type ReaderFrame = z.infer<typeof ReaderFrame>;

export const ERROR_CODES = [
  'bad-frame',
  'unknown-subscription',
  'duplicate-subscription',
  'too-many-subscriptions',
  'bad-cursor',
] as const;
export const AgentFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.literal(SUBPROTOCOL),
    agent: z.string(),
    equipment: z.string(),
    epoch: z.string(),
    firstSeq: Seq,
    lastSeq: Seq,
    time: Instant,
    heartbeatSeconds: z.number(),
    limits: z.object({ maxFrameBytes: z.number(), windowBytes: z.number(), maxSubscriptions: z.number() }),
  }),
  z.object({
    type: z.literal('subscribed'),
    id: z.string(),
    from: Cursor.nullable(),
    metrics: z.array(z.string()),
    tags: z.array(z.string()),
  }),
  z.object({
    type: z.literal('snapshot'),
    id: z.string(),
    at: Instant,
    values: z.array(LiveValue),
    records: z.array(WireRecord),
    alarms: z.array(AlarmView).describe('those that stand: in any state but normal'),
  }),
  z.object({ type: z.literal('records'), id: z.string(), prev: Seq, records: z.array(WireRecord) }),
  z.object({ type: z.literal('live'), id: z.string(), at: Instant, values: z.array(LiveValue) }),
  z.object({ type: z.literal('gap'), id: z.string(), epoch: z.string(), from: Seq, to: Seq, reason: z.string() }),
  z.object({ type: z.literal('error'), code: z.enum(ERROR_CODES), message: z.string(), id: z.string().optional() }),
  z.object({ type: z.literal('bye'), reason: z.string(), reconnectMs: z.number() }),
]);
export type AgentFrame = z.infer<typeof AgentFrame>;
