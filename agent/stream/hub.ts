import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Waiters } from '../waiters.ts';
import { Board } from './board.ts';
import { choices } from './choice.ts';
import { type StreamCounts, streamCounts } from './counts.ts';
import type { Subscribe } from './frames.ts';
import { LIMITS, type ServedSource, type StreamLimits } from './options.ts';
import { dialled, served } from './outlet.ts';
import { Pages } from './pages.ts';
import { Picture } from './picture.ts';
import { Pool } from './pool.ts';
import type { RecordReader } from './records.ts';
import { type Peer, type ReaderState, Session } from './session.ts';

/** What is different about a connection that we made. */
export interface Dialled {
  /** Stands before its durable names. */
  readonly scope: string;
  /** Called when the reader has come on: its beginning, an ack, or the end of the log. */
  moved(): void;
}

/** What is different about a connection that was made to us. */
export interface Guest {
  /** Stands before its durable names. */
  readonly scope: string;
  /** The lines that it may see; undefined for all. */
  readonly lines?: readonly string[] | undefined;
}

/** The stream's readers, whoever made the connection. */
export interface Hub {
  readonly limits: StreamLimits;
  readonly counts: StreamCounts;
  /** Serves an open WebSocket that was made to us over `socket`. */
  accept(webSocket: WebSocket, socket: Socket, guest: Guest): Session;
  /** Serves an open WebSocket that we made to the platform `id`. */
  serve(webSocket: WebSocket, id: string, dialled: Dialled): Session;
  /** Something was committed. */
  wake(): void;
  /** Connections now. */
  readers(): number;
  /** One entry per subscription of records. */
  states(): ReaderState[];
  /** Waits until every subscriber of records has been sent and has acknowledged everything; false after `realMs`. */
  drain(realMs: number): Promise<boolean>;
  /** Says `bye` to all and closes with `code`; those that do not answer are cut off. */
  close(reason: string, code: number, reconnectMs: number): Promise<void>;
}

/** How long a closing handshake may take when the agent stops. */
const CLOSE_MS = 1_000;

export function hub(source: ServedSource, given: Partial<StreamLimits> = {}): Hub {
  const limits = { ...LIMITS, ...given };
  const sessions = new Set<Session>();
  /** By durable name, who reads under it: the newest connection does. */
  const holders = new Map<string, Session>();
  /** Woken when a reader has come on or is gone. */
  const moves = new Waiters();
  const reading = new Set<RecordReader>();
  const pool = new Pool(limits.allBufferBytes);
  const states = (): ReaderState[] => [...sessions].flatMap((session) => session.states());
  const counts = streamCounts(source.registry, {
    readers: () => sessions.size,
    bufferedBytes: () => pool.bytes,
    lag: () => states().reduce((most, { lag }) => Math.max(most, lag), 0),
  });
  const { store } = source;
  const board = new Board(() => source.live.values(), source.plant);
  const choose = choices(source.plant);
  const [pages, picture] = [new Pages(store), new Picture(store)];
  const shared = { ...source, limits, counts, pool, pages, picture, board, choose, reading };

  function claim(name: string, session: Session): Session | undefined {
    const before = holders.get(name);
    holders.set(name, session);
    return before;
  }

  function begin(socket: WebSocket, peer: Omit<Peer, 'claim'>, lines?: readonly string[]): Session {
    const own = lines ? { ...shared, choose: (wanted: Subscribe) => choose(wanted, lines) } : shared;
    const session = new Session(socket, own, { ...peer, claim });
    sessions.add(session);
    socket.once('close', () => {
      sessions.delete(session);
      for (const name of session.names) if (holders.get(name) === session) holders.delete(name);
      moves.wake();
    });
    return session;
  }

  const within = (realMs: number, condition: () => boolean): Promise<boolean> =>
    source.clock
      .deadline(moves.until(condition), realMs, () => new Error('too late'))
      .then(() => true)
      .catch(() => false);

  return {
    limits,
    counts,
    accept(webSocket, socket, { scope, lines }) {
      const remote = socket.remoteAddress ?? 'unknown';
      return begin(
        webSocket,
        { remote, scope, keepsPlaces: false, outlet: served(socket), moved: () => moves.wake() },
        lines,
      );
    },
    serve(webSocket, id, { scope, moved }) {
      const movedOn = (): void => {
        moves.wake();
        moved();
      };
      return begin(webSocket, { remote: id, scope, keepsPlaces: true, outlet: dialled, moved: movedOn });
    },
    wake() {
      if (sessions.size === 0) return;
      void pages.advance().then(() => {
        for (const reader of reading) reader.wake();
      });
    },
    readers: () => sessions.size,
    states,
    drain: (realMs) => within(realMs, () => sessions.values().every((session) => session.done)),
    async close(reason, code, reconnectMs) {
      for (const session of sessions) session.bye(reason, reconnectMs, code);
      if (!(await within(CLOSE_MS, () => sessions.size === 0))) for (const session of sessions) session.terminate();
    },
  };
}
