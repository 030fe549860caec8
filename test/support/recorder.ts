import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { isOpcUa, Listener, type Said } from './wire.ts';

/**
 * Loaded into every process of a test run, also those that tests start: notes once whatever kind of request a driver
 * sends, at the last place before it leaves the process. `judge.ts` reads the notes when the run has ended.
 */
const folder = process.env.PERTONNE_WIRE;
const require = createRequire(import.meta.url);
const once = Symbol.for('pertonne.recorder');
const shared = globalThis as { [once]?: true };
const noted = new Set<Said>();

/** The simulated plant's own sockets, and those of tests, are nobody's reading. */
const BY_DRIVER = /\/drivers\/(?!simulator\/)[^/]+\/[^/]+\.ts/;

if (folder && !shared[once]) {
  shared[once] = true;
  recordStreams(Socket.prototype);
  recordSerialLines();
}

function note(said: Said): void {
  if (noted.has(said)) return;
  noted.add(said);
  appendFileSync(join(folder!, `${process.pid}.txt`), `${said}\n`);
}

type Write = (this: object, chunk: Buffer | string, encoding: BufferEncoding, done: () => void) => void;
type Writev = (this: object, chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: () => void) => void;
interface Stream {
  _write: Write;
  _writev?: Writev;
}

/** Every client socket is looked at when it connects: was it a driver that asked for it? */
function recordStreams(prototype: Socket): void {
  const listeners = new WeakMap<object, Listener>();
  const connect = prototype.connect;
  prototype.connect = function (this: Socket, ...args: unknown[]) {
    if (BY_DRIVER.test(wholeStack())) listeners.set(this, new Listener());
    return Reflect.apply(connect, this, args);
  } as typeof connect;
  listen(prototype as unknown as Stream, (stream) => listeners.get(stream));
}

function wholeStack(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}

function listen(prototype: Stream, listenerOf: (stream: object) => Listener | undefined): void {
  const { _write: write, _writev: writev } = prototype;
  const hear = (stream: object, chunk: Buffer | string, encoding: BufferEncoding): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    if (isOpcUa(bytes)) recordServices();
    for (const one of listenerOf(stream)?.hear(bytes) ?? []) note(one);
  };
  prototype._write = function (chunk, encoding, done) {
    hear(this, chunk, encoding);
    return write.call(this, chunk, encoding, done);
  };
  if (!writev) return;
  prototype._writev = function (chunks, done) {
    for (const { chunk, encoding } of chunks) hear(this, chunk, encoding);
    return writev.call(this, chunks, done);
  };
}

/** Serial lines are told apart from the devices of the tests by who opened them. */
function recordSerialLines(): void {
  const { SerialPortStream } = require('@serialport/stream') as { SerialPortStream: { prototype: SerialStream } };
  type SerialStream = Stream & { open(...args: unknown[]): void };
  const listeners = new WeakMap<object, Listener>();
  const { prototype } = SerialPortStream;
  const open = prototype.open;
  prototype.open = function (this: object, ...args) {
    if (BY_DRIVER.test(wholeStack())) listeners.set(this, new Listener());
    return Reflect.apply(open, this, args);
  };
  listen(prototype, (stream) => listeners.get(stream));
}

let servicesRecorded = false;
/** All requests of OPC UA go through this one place of the library, be they encrypted afterwards or not; those of tests too. */
function recordServices(): void {
  if (servicesRecorded) return;
  servicesRecorded = true;
  type Channel = { performMessageTransaction(request: { schema: { name: string } }, ...rest: unknown[]): unknown };
  const library = require('node-opcua-secure-channel') as { ClientSecureChannelLayer: { prototype: Channel } };
  const { prototype } = library.ClientSecureChannelLayer;
  const perform = prototype.performMessageTransaction;
  prototype.performMessageTransaction = function (this: Channel, request, ...rest) {
    note(`opcua ${request.schema.name.replace(/Request$/, '')}`);
    return Reflect.apply(perform, this, [request, ...rest]);
  };
}
