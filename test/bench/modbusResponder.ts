import { createServer } from 'node:net';

/** A device in a process of its own that answers every read of 125 registers at once, with the same registers. */
const REGISTERS = 125;
const REQUEST = 12;
const body = Buffer.alloc(3 + 2 * REGISTERS);
body.set([1, 3, 2 * REGISTERS]);
for (let i = 0; i < REGISTERS; i++) body.writeUInt16BE(i, 3 + 2 * i);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at + REQUEST <= bytes.length; at += REQUEST) {
      const header = Buffer.from(bytes.subarray(at, at + 6));
      header.writeUInt16BE(body.length, 4);
      socket.write(Buffer.concat([header, body]));
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send!({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('disconnect', () => process.exit());
