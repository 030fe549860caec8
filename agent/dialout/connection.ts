import type { WebSocket } from 'ws';
import type { Platform } from '../../config/platforms.ts';
import type { Clock } from '../../drivers/driver.ts';
import type { Cursor } from '../store/contract.ts';
import type { Stream } from '../stream/attach.ts';
import { dial, NotUpgraded } from '../stream/dial.ts';
import type { Session } from '../stream/session.ts';
import { credentialsOf, SecretMissing } from './secrets.ts';

/** Told to a platform that parts from us because it is dialled otherwise, or no more. */
const RECONNECT_MS = 1_000;

/** What one connection may do to the rest of the agent. */
export interface ConnectionSurroundings {
  readonly clock: Clock;
  readonly hub: Pick<Stream, 'serve' | 'limits'>;
  /** Real milliseconds for name, proxy, TLS and upgrade together. */
  readonly connectMs: number;
  /** Aborted when the platform is not to be dialled any more, or otherwise: what stands is closed. */
  readonly unwanted: AbortSignal;
  up(): void;
  /** The platform has come on: up to here each of its subscriptions is done with. */
  settled(places: readonly Cursor[]): void;
}

/** How a connection ended, or why there was none. */
export interface Ending {
  readonly reason: string;
  /** A no that a person must mend. */
  readonly refused: boolean;
  /** Something was acknowledged. */
  readonly acknowledged: boolean;
}

/** One connection to a platform, from the dialling to its end; never rejects. */
export async function connection(
  platform: Platform,
  around: ConnectionSurroundings,
  signal: AbortSignal,
): Promise<Ending> {
  const progress = { acknowledged: false };
  const serve = (socket: WebSocket): Served => ({ closed: served(socket, platform.id, around, progress) });
  try {
    const { closed } = await inTime(around, signal, (abandoned) => opened(platform, around, abandoned, serve));
    return { reason: await closed, refused: false, ...progress };
  } catch (cause) {
    const refused = cause instanceof NotUpgraded || cause instanceof SecretMissing;
    return { reason: cause instanceof Error ? cause.message : String(cause), refused, ...progress };
  }
}

interface Served {
  /** Resolves to why the connection ended. */
  readonly closed: Promise<string>;
}

/** Lets `work` go on for `connectMs`; when it is late, or nobody wants it any more, it is told to leave nothing behind. */
async function inTime<Result>(
  { clock, connectMs }: ConnectionSurroundings,
  signal: AbortSignal,
  work: (abandoned: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abandon = new AbortController();
  const give = (): void => abandon.abort();
  const late = (): Error => new Error(`no answer within ${connectMs / 1_000} s`);
  signal.addEventListener('abort', give, { once: true });
  try {
    signal.throwIfAborted();
    return await clock.deadline(work(abandon.signal), connectMs, late);
  } finally {
    signal.removeEventListener('abort', give);
    give();
  }
}

/** Makes the connection, and calls `serve` the moment that it is open: what the platform says next must find somebody who listens. */
async function opened(
  platform: Platform,
  { hub, connectMs }: ConnectionSurroundings,
  abandoned: AbortSignal,
  serve: (socket: WebSocket) => Served,
): Promise<Served> {
  const credentials = await credentialsOf(platform);
  const behaviour = { maxPayload: hub.limits.maxFrameBytes, autoPong: false, handshakeTimeout: connectMs };
  const socket = dial(platform.url, { ...credentials, socket: behaviour });
  const give = (): void => socket.terminate();
  abandoned.addEventListener('abort', give, { once: true });
  return new Promise<Served>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      abandoned.removeEventListener('abort', give);
      socket.off('error', reject);
      resolve(serve(socket));
    });
    if (abandoned.aborted) give();
  });
}

/** Serves an open socket; resolves to why it ended. */
function served(
  socket: WebSocket,
  id: string,
  { hub, up, settled, unwanted }: ConnectionSurroundings,
  progress: { acknowledged: boolean },
): Promise<string> {
  /** Where each subscription stood when it was first looked at. */
  const first = new Map<string, number>();
  const session: Session = hub.serve(socket, id, { scope: `${id}/`, moved });
  function moved(): void {
    const states = session.states();
    for (const { subscription, settled } of states) {
      if (!first.has(subscription)) first.set(subscription, settled.seq);
      progress.acknowledged ||= settled.seq > first.get(subscription)!;
    }
    settled(states.map((state) => state.settled));
  }
  const part = (): void => session.bye('the configuration was changed', RECONNECT_MS, 1001);
  unwanted.addEventListener('abort', part, { once: true });
  if (unwanted.aborted) part();
  up();
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => {
      unwanted.removeEventListener('abort', part);
      const said = reason.length > 0 ? `: ${reason}` : '';
      resolve(code === 1006 ? 'the connection was lost' : `closed with ${code}${said}`);
    });
  });
}
