import { z } from 'zod';
import { ENTRY_TYPES } from '../../rules/entry.ts';
import { Name as StrictName } from '../../rules/options.ts';
import { AlarmState, Instant, Verdict, WireWindow } from '../stream/protocol.ts';

/** Readers may meet more languages later. */
export const Name = z.object(StrictName.shape);

const Limit = z.object({
  indicator: z.string().nullable(),
  op: z.enum(['<=', '>=']),
  bound: z.number(),
  quote: z.string().nullable(),
});

/** `GET /v1/plant`: what there is to see; the page draws its frame from it. */
export const PlantDescription = z.object({
  agent: z.string(),
  equipment: z.string(),
  timeZone: z.string(),
  /** How much faster than real time the plant's clock runs; null in lock-step. 1 in a real plant. */
  speed: z.number().nullable(),
  simulated: z.boolean(),
  lines: z.array(
    z.object({
      id: z.string(),
      name: Name,
      kind: z.string(),
      equipment: z.string(),
      /** The metric shown first and largest. */
      main: z.string(),
      load: z.string().nullable().describe('tag that says what the line is doing, in a unit or as 0 and not 0'),
      metrics: z.array(
        z.object({
          id: z.string(),
          name: Name,
          unit: z.string(),
          windows: z.array(z.string()),
          limit: Limit.nullable(),
        }),
      ),
      meters: z.array(
        z.object({
          ...{ id: z.string(), name: Name, unit: z.string(), quantity: z.string() },
          entries: z.array(z.enum(ENTRY_TYPES)).describe('what operators may enter for it'),
        }),
      ),
    }),
  ),
  endpoints: z.array(z.object({ id: z.string(), protocol: z.string() })),
  /** `lines`: those whose figures it goes into. */
  tags: z.array(
    z.object({
      id: z.string(),
      name: Name.nullable(),
      endpoint: z.string(),
      unit: z.string(),
      scale: z.number().describe('so much of the unit is one count of its history; live values are in the unit'),
      lines: z.array(z.string()),
    }),
  ),
});
export type PlantDescription = z.infer<typeof PlantDescription>;

/** `GET /v1/alarms`: one alarm for each limit and kind of window, with the newest window that was judged. */
export const AlarmView = z.object({
  metric: z.string(),
  equipment: z.string(),
  window: WireWindow,
  value: z.number().nullable(),
  unit: z.string(),
  limit: Verdict,
  state: AlarmState,
  /** An excursion of this or an earlier window that nobody has acknowledged. */
  unacknowledged: z.boolean(),
  since: Instant,
  shelved: z.object({ until: Instant, who: z.string(), reason: z.string() }).nullable(),
});
export type AlarmView = z.infer<typeof AlarmView>;
export const Alarms = z.array(AlarmView);
