import { z } from 'zod';
import { Cursor, Instant } from '../stream/protocol.ts';
import { type Operation, operation } from './operation.ts';

/**
 * What came of reading the plant file again. `refused`: it has faults, and the one before runs on. `waiting`: nothing of it
 * was taken up, since it changes what only a new start can.
 */
export const RESULTS = ['applied', 'unchanged', 'refused', 'waiting'] as const;

/** `GET /v1/system`: the agent about itself, for those who look after it. */
export const SystemBody = z.object({
  version: z.string(),
  node: z.string(),
  sqlite: z.string(),
  agent: z.string(),
  configuration: z.string().describe('fingerprint of the configuration in force'),
  reload: z
    .object({
      at: Instant,
      cause: z.enum(['signal', 'file']),
      result: z
        .enum(RESULTS)
        .describe(
          'refused: it has faults; waiting: nothing of it is taken up before a new start; the one before runs on',
        ),
      faults: z.array(z.string()).describe('in words, each with its place; the first hundred'),
      waiting: z.array(z.string()).describe('settings that a new start takes up'),
    })
    .nullable()
    .describe('how it went when the plant file was last read again; null where it was not'),
  startedAt: Instant,
  ready: z.boolean(),
  reasons: z.array(z.string()).describe('what is amiss, in words'),
  memoryBytes: z.number().int().describe('resident'),
  disk: z
    .object({ freeBytes: z.number(), totalBytes: z.number(), logBytes: z.number() })
    .nullable()
    .describe('of the data folder; null where the system does not say'),
  clock: z
    .object({
      steps: z.number().int().describe('how often since the start'),
      last: z.object({ at: z.string().describe('ISO 8601, UTC'), ms: z.number().int() }).nullable(),
    })
    .describe("when the machine's time of day was set, or the machine slept; below zero it was set back"),
  log: z.object({
    epoch: z.string(),
    firstSeq: z.number().int(),
    lastSeq: z.number().int(),
    queued: z.number().int().describe('entries that wait for a commit'),
    dropped: z.number().int().describe('entries dropped while the store failed'),
  }),
  readers: z.array(
    z.object({
      remote: z.string(),
      subscription: z.string(),
      lag: z.number().int().describe('committed records not read for it yet'),
      unackedBytes: z.number().int(),
      settled: Cursor.describe('up to here everything is acknowledged, or not chosen'),
    }),
  ),
  platforms: z
    .array(
      z.object({
        id: z.string(),
        url: z.string(),
        state: z.enum(['starting', 'up', 'down']),
        since: Instant.describe('since when it is in that state'),
        behind: z
          .number()
          .int()
          .nullable()
          .describe('committed records that are not safe with it; null where it has never subscribed to any'),
        failures: z.number().int().describe('connections that ended, or did not come about, since the agent started'),
        lastFailure: z.object({ at: Instant, reason: z.string() }).nullable().describe('since the agent started'),
      }),
    )
    .describe('those that the agent dials out to'),
  certificates: z.array(
    z.object({ endpoint: z.string(), whose: z.string(), expires: z.string().describe('ISO 8601, UTC') }),
  ),
});
export type SystemBody = z.infer<typeof SystemBody>;

export const system = (state: () => Promise<SystemBody>): Operation =>
  operation(
    {
      ...{ id: 'system', method: 'GET', path: '/v1/system', isPlantWide: true },
      summary: 'The agent about itself: disk, log, readers, platforms, certificates, version, configuration',
      answers: { 200: { what: 'how it is', json: SystemBody } },
    },
    state,
  );
