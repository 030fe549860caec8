import { WebSocket } from 'ws';

/**
 * Readers in a process of their own, so that only the sender's processor time is measured. They read what comes,
 * acknowledge a quarter of the window at a time where there is something to acknowledge, and tell when all have come
 * as far as they were asked to.
 */

const ACK_BYTES = 2 ** 18;
const MARK = Buffer.from('{"seq":');

export type Order =
  | {
      readonly type: 'connect';
      readonly url: string;
      readonly readers: number;
      readonly subscribe: 'now' | 'earliest' | null;
      /** Half of them stop reading, the others never acknowledge. */
      readonly bad?: boolean;
    }
  | { readonly type: 'await'; readonly seq: number }
  | { readonly type: 'disconnect' };
type Connect = Extract<Order, { type: 'connect' }>;
/** `connected`, `reached` and `disconnected` answer the orders. */
export type Told = { readonly type: 'connected' | 'reached' | 'disconnected' };

let sockets: WebSocket[] = [];
let epoch = '';
let [wanted, reached] = [Infinity, 0];
/** The last seq that each has. */
let places: number[] = [];
let [expected, ready] = [0, 0];
const tell = (type: Told['type']): void => void process.send!({ type } satisfies Told);

/** The seq of the last record of a batch, found without parsing the rest. */
function lastSeq(frame: Buffer): number {
  const at = frame.lastIndexOf(MARK);
  return at < 0 ? -1 : Number.parseInt(frame.toString('latin1', at + MARK.length, at + MARK.length + 16), 10);
}

function reader({ url, subscribe, bad = false }: Connect, index: number): WebSocket {
  const socket = new WebSocket(url, 'pertonne.v1', { perMessageDeflate: false, skipUTF8Validation: true });
  let unacked = 0;
  const read = (frame: Buffer): void => {
    const seq = lastSeq(frame);
    if (seq < 0) return;
    if (places[index]! < wanted && seq >= wanted && ++reached === expected) tell('reached');
    places[index] = seq;
    unacked += frame.length;
    if (bad || subscribe === null || unacked < ACK_BYTES) return;
    unacked = 0;
    socket.send(JSON.stringify({ type: 'ack', id: 'bench', cursor: { epoch, seq } }));
  };
  const greeted = (): void => {
    if (bad && index % 2 === 0) socket.pause();
    if (++ready === expected) tell('connected');
  };
  socket.on('open', () => {
    if (subscribe === null) greeted();
  });
  socket.on('message', (data: Buffer) => {
    const type = data.toString('latin1', 9, 15);
    if (type === 'record' && data.length < 100) greeted();
    else if (type === 'record') read(data);
    else if (type === 'hello"') {
      ({ epoch } = JSON.parse(String(data)) as { epoch: string });
      socket.send(JSON.stringify({ type: 'subscribe', id: 'bench', records: { from: subscribe } }));
    }
  });
  return socket;
}

process.on('message', (order: Order) => {
  if (order.type === 'connect') {
    [expected, ready] = [order.readers, 0];
    [wanted, places] = [Infinity, Array.from({ length: order.readers }, () => 0)];
    sockets = places.map((_, index) => reader(order, index));
  } else if (order.type === 'await') {
    wanted = order.seq;
    // What was sent may be here before the order.
    reached = places.filter((place) => place >= wanted).length;
    if (reached === expected) tell('reached');
  } else {
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.close();
    void Promise.all(closed).then(() => tell('disconnected'));
  }
});

// Whoever started us is gone.
process.once('disconnect', () => process.exit());
