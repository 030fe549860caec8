import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be disturbed. */
export interface Detour {
  readonly port: number;
  /** From now on nothing that the server says arrives, and nobody is told. */
  deafen(): void;
  /** Ends all connections; those made from now on work. */
  cut(): void;
  close(): void;
}

/** Passes on what comes on a loopback port to another. */
export function makeDetour(target: number): Promise<Detour> {
  const sockets = new Set<Socket>();
  let isDeaf = false;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const ends = [near, far];
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => void (isDeaf || near.write(data)));
    for (const one of ends) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        for (const other of ends) other.destroy();
      });
    }
  });
  const cut = (): void => {
    for (const one of sockets) one.destroy();
    isDeaf = false;
  };
  const close = (): void => {
    cut();
    server.close();
  };
  const deafen = (): void => {
    isDeaf = true;
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port, deafen, cut, close }));
  });
}
