import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** What tunnels were asked for: `host:port`, and the user and password that came along. */
  readonly asked: { readonly to: string; readonly user: string | null }[];
  /** Sockets that clients hold at this moment. */
  connections(): number;
  close(): Promise<void>;
}

/** How it answers: `tunnel` connects to the target on loopback whatever its name, `hang` never answers, a number refuses. */
export type ProxyManner = 'tunnel' | 'hang' | number;

/** A small HTTP proxy on loopback that makes tunnels (CONNECT). */
export async function connectProxy(manner: ProxyManner = 'tunnel'): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('connect', ({ url, headers }, near, head) => {
    const basic = headers['proxy-authorization']?.replace('Basic ', '');
    asked.push({ to: url ?? '', user: basic === undefined ? null : Buffer.from(basic, 'base64').toString() });
    if (manner === 'hang') return void near.resume().on('end', () => near.end());
    if (manner !== 'tunnel') return void near.end(`HTTP/1.1 ${manner} No\r\nConnection: close\r\n\r\n`);
    const far = connect(Number(url?.split(':').at(-1)), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      near.pipe(far);
      far.pipe(near);
    });
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
