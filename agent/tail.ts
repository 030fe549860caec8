import type { WindowKind } from '../rules/interval.ts';
import { connect } from './client/connect.ts';
import type { Connection, Cursor, Hello, Subscription } from './client/contract.ts';
import { dial } from './stream/dial.ts';

export interface TailOptions {
  /** A number is a seq of whatever log the agent has: what comes after it is read. */
  readonly from: 'now' | 'earliest' | number;
  /** False: ends at the record that was the last when the first connection was made. */
  readonly follow: boolean;
  /** A glob: evaluations and alarms of the metrics it names, and nothing else. */
  readonly metric?: string | undefined;
  readonly window?: WindowKind | undefined;
  readonly token?: string | undefined;
  /** Takes one line, without its line end. */
  readonly out: (line: string) => void;
  /** Takes what there is to say about the connection, once each time that it changes. */
  readonly notice?: (text: string) => void;
  /** Ends the reading quietly. */
  readonly signal: AbortSignal;
  /** Real milliseconds between two attempts at most; default that of the client. */
  readonly longestWaitMs?: number;
}

/**
 * `pertonne tail`: prints an agent's records, one JSON line each, a gap as a record of kind `gap`, until aborted, until
 * the agent has finished, or up to the end of its log without `follow`. Rejects with RefusedError where the agent will
 * not serve.
 */
export async function tail(url: string, options: TailOptions): Promise<void> {
  const { follow, out, signal } = options;
  if (signal.aborted) return;
  const notice = noticed(url, options.notice);
  let [time, end] = ['', Infinity];
  const reached = ({ seq }: Cursor): void => {
    if (seq >= end) connection.close();
  };
  const connection: Connection = connect(url, {
    subscribe: (hello) => subscriptionOf(options, hello),
    open: (full) => dial(full, { token: options.token }),
    ...(options.longestWaitMs !== undefined && { longestWaitMs: options.longestWaitMs }),
    hello(hello) {
      time = hello.time;
      if (!follow && end === Infinity) end = hello.lastSeq;
    },
    records(records, cursor) {
      for (const { seq, kind, at, body } of records) if (!signal.aborted) out(JSON.stringify({ seq, kind, at, body }));
      reached(cursor);
    },
    gap({ epoch, from, to, reason }) {
      out(JSON.stringify({ seq: to, kind: 'gap', at: time, body: { from, to, reason } }));
      reached({ epoch, seq: to });
    },
    caughtUp: () => follow || connection.close(),
    state(state) {
      if (state.state === 'open') notice(null);
      if (state.state !== 'waiting') return;
      if (state.finished) connection.close();
      else notice(state.reason);
    },
  });
  signal.addEventListener('abort', connection.close, { once: true });
  await connection.closed.finally(() => signal.removeEventListener('abort', connection.close));
}

function subscriptionOf({ from, metric, window }: TailOptions, { epoch }: Hello): Subscription {
  return {
    ...(metric !== undefined && { metrics: [metric], kinds: ['evaluation', 'alarm'] }),
    ...(window !== undefined && { windows: [window] }),
    records: { from: typeof from === 'number' ? { epoch, seq: from } : from },
  };
}

/** Says what keeps us from the agent, when that is not what was said before; null: nothing does. */
function noticed(url: string, say: TailOptions['notice']): (reason: string | null) => void {
  let last: string | null = null;
  return (reason) => {
    if (reason === last) return;
    say?.(reason === null ? `${url}: connected` : `${url}: ${reason}. Trying again until it works.`);
    last = reason;
  };
}
