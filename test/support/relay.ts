import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that tests cut, hold up and mend, as networks and dying devices do. */
export interface Way {
  /** An endpoint's options, as written in the plant's file, that lead over this way. */
  readonly options: unknown;
  /** As a killed process: what is connected ends, what connects is refused. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** As a stopped process (SIGSTOP): connections are taken and stay, but nothing more is said. */
  hold(): void;
  release(): void;
  /** Connections that clients hold at this moment. */
  connections(): number;
}

/** What a relay can do beside: its port, and answers that take longer. */
export interface Relay extends Way {
  readonly port: number;
  /** From now on what the server says arrives so many real milliseconds later. */
  slow(realMs: number): void;
  /** One byte that each client has said goes through, though all is held. */
  drip(): void;
  close(): Promise<void>;
}

/** A way over TCP to the server on loopback at `target`; `options` are made of the port that leads there. */
export async function relay(target: number, options: (port: number) => unknown): Promise<Relay> {
  const pairs = new Map<Socket, Socket>();
  let [held, late, port, server] = [false, 0, 0, null as Server | null];

  const join = (client: Socket): void => {
    const far = connect({ host: '127.0.0.1', port: target, noDelay: true });
    pairs.set(client, far);
    const end = (): void => {
      pairs.delete(client);
      client.destroy();
      far.destroy();
    };
    for (const side of [client, far]) side.on('error', end).on('close', end);
    client.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => (late > 0 ? setTimeout(() => client.write(bytes), late) : client.write(bytes)));
    if (held) pause(client, far);
  };
  const pause = (...sides: Socket[]): void => {
    for (const side of sides) side.pause();
  };
  const mend = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (server) return resolve();
      server = createServer({ noDelay: true }, join).listen(port, '127.0.0.1', () => {
        port = (server!.address() as AddressInfo).port;
        resolve();
      });
      server.on('error', reject);
    });
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server = null;
    for (const client of pairs.keys()) client.resetAndDestroy();
    await closed;
  };

  await mend();
  return {
    port,
    options: options(port),
    cut,
    mend,
    close: cut,
    hold() {
      held = true;
      for (const pair of pairs) pause(...pair);
    },
    release() {
      held = false;
      for (const pair of pairs) for (const side of pair) side.resume();
    },
    drip() {
      // Said to those who listen for it, though it is paused.
      for (const client of pairs.keys()) client.read(1);
    },
    slow(realMs) {
      late = realMs;
    },
    connections: () => pairs.size,
  };
}
