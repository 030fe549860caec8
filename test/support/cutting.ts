import { type AddressInfo, connect, createServer } from 'node:net';

export interface Cutting {
  readonly port: number;
  /** Connections that were cut. */
  cuts(): number;
  close(): Promise<void>;
}

/**
 * A way over TCP to the server on loopback at `target` that resets each connection after a number of bytes, a different
 * one each time: bytes from the server, or toward it.
 */
export async function cutting(target: number, counted: 'from' | 'toward' = 'from'): Promise<Cutting> {
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    let left = 700 + ((cuts * 3_571) % 9_000);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    const [source, sink] = counted === 'from' ? [far, near] : [near, far];
    sink.pipe(source);
    source.on('data', (data: Buffer) => {
      sink.write(data.subarray(0, left));
      left -= data.length;
      if (left > 0 || sink.destroyed) return;
      cuts++;
      sink.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
