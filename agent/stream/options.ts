import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../../drivers/driver.ts';
import type { AlarmView, PlantDescription } from '../http/contract.ts';
import type { Store } from '../store/contract.ts';
import type { WireTime } from '../wire.ts';
import type { LiveValue } from './protocol.ts';

/** What the stream tells of. */
export interface StreamSource {
  readonly store: Store;
  readonly live: { values(): readonly LiveValue[] };
  /** The same object as long as nothing of it has changed. */
  plant(): PlantDescription;
  readonly clock: Clock;
  /** An instant as the wire has it: ISO 8601 with the plant's offset. */
  readonly wireTime: WireTime;
  readonly log: Logger;
}

/** What else the stream's server side is given. */
export interface ServedSource extends StreamSource {
  /** The alarms that stand: in any state but normal. */
  standing(): readonly AlarmView[];
  /** Takes what the stream counts. */
  readonly registry: Registry;
}

/** Bounds toward readers; the durations are real time. */
export interface StreamLimits {
  /** A reader silent for two heartbeats is given up. */
  readonly heartbeatMs: number;
  /** A reader that takes nothing of what waits for it for so long is closed with 4008. */
  readonly stallMs: number;
  /** Record bytes sent ahead of the acks, per subscription. */
  readonly windowBytes: number;
  /** Bytes in our buffer beyond which a connection is given nothing more. */
  readonly bufferBytes: number;
  /** The same of all connections together: beyond it only those are given something that have nothing waiting. */
  readonly allBufferBytes: number;
  /** The largest frame a reader may send. */
  readonly maxFrameBytes: number;
  readonly maxSubscriptions: number;
  /** Faulty frames between two heartbeats that cost the connection. */
  readonly maxFaults: number;
  /** Frames and pings between two heartbeats that bring nothing on. */
  readonly maxIdleFrames: number;
  readonly maxReaders: number;
}

export const LIMITS: StreamLimits = {
  heartbeatMs: 15_000,
  stallMs: 60_000,
  windowBytes: 2 ** 20,
  bufferBytes: 2 ** 18,
  allBufferBytes: 2 ** 26,
  maxFrameBytes: 64 * 1024,
  maxSubscriptions: 16,
  maxFaults: 10,
  maxIdleFrames: 1_000,
  maxReaders: 1_024,
};
