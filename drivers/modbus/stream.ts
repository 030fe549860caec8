import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, Misconfigured } from '../driver.ts';
import type { Line } from '../session.ts';
import type { Options, Serial } from './options.ts';

/** What the bytes go through. */
export interface Stream {
  readonly duplex: Duplex;
  /** Lets go of it; resolves when another may have it. */
  close(): Promise<void>;
}

/** Opens it, or rejects with ConnectionLost, or with Misconfigured where serial lines are not installed. */
export async function openStream({ host, port, serial }: Options, line: Line, clock: Clock): Promise<Stream> {
  return serial ? serialPort(serial, line, clock) : socket(host!, port, line);
}

async function socket(host: string, port: number, line: Line): Promise<Stream> {
  const duplex = connect({ host, port, noDelay: true });
  line.lost.addEventListener('abort', () => duplex.destroy(), { once: true });
  duplex.on('error', (error) => line.lose(error.message));
  await line.inTime(new Promise<void>((resolve) => duplex.once('connect', resolve)));
  return { duplex, close: async () => {} };
}

async function serialPort({ frameDelay: _, ...options }: Serial, line: Line, clock: Clock): Promise<Stream> {
  const { SerialPort } = await import('serialport').catch((cause: unknown) => {
    throw new Misconfigured('a serial line needs the optional package serialport: npm install serialport', { cause });
  });
  line.lost.throwIfAborted();
  const duplex = new SerialPort({ ...options, autoOpen: false });
  duplex.on('error', (error) => line.lose(error.message));
  const opened = new Promise<void>((resolve) => duplex.open((error) => (error ? line.lose(error.message) : resolve())));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (duplex.isOpen) duplex.close(() => resolve());
      else resolve();
    });
  try {
    await line.inTime(opened);
  } catch (cause) {
    // An opening that is under way cannot be called off.
    void opened.then(close);
    throw cause;
  }
  void keepTurning(clock, line.lost);
  return { duplex, close };
}

const BEAT = 5;

/**
 * With Node 26.4 and later serialport 13 hands over what it has read only when the event loop turns for some other
 * reason (serialport/bindings-cpp, pull request 239): so it turns, every few milliseconds.
 */
async function keepTurning(clock: Clock, lost: AbortSignal): Promise<void> {
  while (!lost.aborted) await clock.delay(BEAT, lost).catch(() => {});
}
