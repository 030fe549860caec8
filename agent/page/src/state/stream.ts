import type { AgentFrame, ReaderFrame } from '../contract.ts';

/** Same word as SUBPROTOCOL of the agent; importing that would bring zod along. */
const SUBPROTOCOL: Extract<AgentFrame, { type: 'hello' }>['protocol'] = 'pertonne.v1';
const FIRST_MS = 500;
const LONGEST_MS = 8_000;
/** A connection without a frame for so long is given up: the peer may be gone without a word. */
const SILENT_MS = 10_000;

/** Real milliseconds before attempt `n` (from 0): doubling, up to a quarter less by chance so that pages do not march in step. */
export const backoff = (n: number, chance: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(n, 10)) * (1 - chance / 4);

export interface Listener {
  link(link: 'connecting' | 'open' | 'waiting'): void;
  /** Returns what to answer; null asks for a new connection. */
  frame(frame: AgentFrame): readonly ReaderFrame[] | null;
}

/** Keeps one connection to the stream at `url`, for ever. */
export function keepConnected(url: string, listener: Listener): void {
  let attempt = 0;

  function connect(): void {
    const socket = new WebSocket(url, SUBPROTOCOL);
    let wait: number | null = null;
    let watchdog = setTimeout(again, SILENT_MS);
    listener.link('connecting');

    function again(): void {
      clearTimeout(watchdog);
      // A dead peer answers no close handshake: leave the old socket to itself at once.
      socket.onmessage = socket.onclose = null;
      socket.close();
      listener.link('waiting');
      setTimeout(connect, wait ?? backoff(attempt++, Math.random()));
    }

    socket.onclose = again;
    socket.onmessage = ({ data }) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(again, SILENT_MS);
      const frame = JSON.parse(String(data)) as AgentFrame;
      if (frame.type === 'hello') listener.link('open');
      // Only data proves that an agent works; one that greets and drops us must not be hammered.
      if (frame.type === 'live') attempt = 0;
      if (frame.type === 'bye') wait = frame.reconnectMs;
      const answers = listener.frame(frame);
      if (answers === null) again();
      else for (const answer of answers) socket.send(JSON.stringify(answer));
    };
  }

  connect();
}
