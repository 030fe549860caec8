import { OPCUAServer, PublishResponse } from 'node-opcua';
import { double, makeOpcuaServer } from '../drivers/opcuaServer.ts';

/**
 * A server in a process of its own, with as many variables as its first argument says, on the port of its second, or any
 * where there is none. node-opcua's own publishing gives some
 * 19 000 notifications a second, far below what a client takes: therefore the first full PublishResponse that it
 * makes for a channel is kept, and every later PublishRequest on that channel is answered with it at once, under the
 * next sequence number. All else is the server's own.
 */
const [count, port] = process.argv.slice(2).map(Number) as [number, number?];
/** Notifications that the server puts into a message at most. */
const FULL = 1_000;

interface Message {
  readonly request: { readonly requestHeader: { readonly requestHandle: number } };
}
interface Channel {
  send_response(type: string, response: object, message: Message, done?: () => void): void;
}
interface Publishing {
  _on_PublishRequest(message: Message, channel: Channel): void;
}

const kept = new WeakMap<Channel, PublishResponse>();
const watched = new WeakSet<Channel>();
const server = OPCUAServer.prototype as unknown as Publishing;
const answer = server._on_PublishRequest;
server._on_PublishRequest = function (message, channel) {
  const last = kept.get(channel);
  if (last) return channel.send_response('MSG', next(last, message), message, () => {});
  watch(channel);
  return answer.call(this, message, channel);
};

function watch(channel: Channel): void {
  if (watched.has(channel)) return;
  watched.add(channel);
  const send = channel.send_response;
  channel.send_response = function (type, response, ...rest) {
    if (response instanceof PublishResponse && isWhole(response)) kept.set(channel, response);
    return send.call(this, type, response, ...rest);
  };
}

const isWhole = ({ notificationMessage }: PublishResponse): boolean =>
  (notificationMessage.notificationData ?? []).some(
    (data) => ((data as { monitoredItems?: unknown[] }).monitoredItems?.length ?? 0) >= FULL,
  );

function next(last: PublishResponse, { request }: Message): PublishResponse {
  last.notificationMessage.sequenceNumber++;
  last.responseHeader.requestHandle = request.requestHeader.requestHandle;
  last.availableSequenceNumbers = [last.notificationMessage.sequenceNumber];
  return last;
}

const made = await makeOpcuaServer({
  ...(port && { port }),
  serverCapabilities: { maxMonitoredItemsPerSubscription: 1_000_000 },
});
for (let i = 0; i < count; i++) made.show(`v${i}`, double(i));
await made.start();
process.send!({ url: made.url });
process.on('disconnect', () => process.exit());
