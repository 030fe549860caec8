import type { SocketLike } from '../../agent/client/contract.ts';
import type { AgentFrame, ReaderFrame } from '../../agent/stream/frames.ts';
import type { WireRecord } from '../../agent/stream/protocol.ts';

/** An agent's log as a reader may find it at one connection. */
export interface Log {
  epoch: number;
  /** The oldest that is still there. */
  first: number;
  last: number;
}

/** The open end of a line to an agent with this log, which tells all of it and is cut after `heard` frames. */
export function scriptedAgent({ epoch, first, last }: Log, heard: number): SocketLike {
  type Heard = { data: unknown } & { code: number; reason: string };
  const listeners = new Map<string, (event: Heard) => void>();
  const socket = { readyState: 1, send, close, addEventListener };
  const log = { epoch: String(epoch), first, last };
  let left = heard;

  function addEventListener(type: string, listener: (event: never) => void): void {
    listeners.set(type, listener as (event: Heard) => void);
    if (type === 'message') queueMicrotask(() => say(hello(log)));
  }
  function emit(type: string, event: Partial<Heard>): void {
    queueMicrotask(() => listeners.get(type)?.(event as Heard));
  }
  function say(frame: AgentFrame): void {
    if (left-- > 0) emit('message', { data: JSON.stringify(frame) });
    else close();
  }
  function close(): void {
    if (socket.readyState !== 1) return;
    socket.readyState = 3;
    emit('close', { code: 1006, reason: '' });
  }
  function send(text: string): void {
    const frame = JSON.parse(text) as ReaderFrame;
    const from = frame.type === 'subscribe' ? frame.records?.from : undefined;
    if (typeof from !== 'object') return;
    for (const told of answers(log, from)) say(told);
    close();
  }
  return socket;
}

function* answers({ epoch, first, last }: { epoch: string; first: number; last: number }, from: Place) {
  const foreign = from.epoch !== epoch;
  const seq = foreign ? first - 1 : from.seq;
  yield { type: 'subscribed', id: ID, from: { epoch, seq }, metrics: [], tags: [] } satisfies AgentFrame;
  if (foreign) yield gap(epoch, 1, first - 1, 'new-epoch');
  if (seq + 1 < first) yield gap(epoch, seq + 1, first - 1, 'retention');
  const begin = Math.max(seq + 1, first);
  // Each batch says the last of the one before once more: at least once is what is promised.
  for (let next = begin; next <= last; next++)
    yield batch(Math.max(next - 2, begin - 1), next === begin ? [next] : [next - 1, next]);
  yield batch(Math.max(last, begin - 1), []);
}

type Place = { readonly epoch: string; readonly seq: number };
const ID = 'records';
const AT = '2026-01-01T00:00:00.000Z';

const gap = (epoch: string, from: number, to: number, reason: string): AgentFrame => ({
  type: 'gap',
  id: ID,
  epoch,
  from,
  to,
  reason,
});

const batch = (prev: number, seqs: readonly number[]): AgentFrame => ({
  type: 'records',
  id: ID,
  prev,
  records: seqs.map(
    (seq): WireRecord => ({ seq, kind: 'endpoint', at: AT, body: { endpoint: 'plc', state: 'up', reason: null } }),
  ),
});

const hello = ({ epoch, first, last }: { epoch: string; first: number; last: number }): AgentFrame => ({
  type: 'hello',
  protocol: 'pertonne.v1',
  agent: 'test',
  equipment: 'acme',
  epoch,
  firstSeq: first,
  lastSeq: last,
  time: AT,
  heartbeatSeconds: 15,
  limits: { maxFrameBytes: 65_536, windowBytes: 1_048_576, maxSubscriptions: 16 },
});
