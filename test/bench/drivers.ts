import ModbusSerial from 'modbus-serial';
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  ClientSubscription,
  OPCUAClient,
  TimestampsToReturn,
} from 'node-opcua-client';
import { modbus } from '../../drivers/modbus/index.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { points } from '../drivers/host.ts';
import { NAMESPACE } from '../drivers/opcuaServer.ts';
import { type Compared, compare, type Loop, listening, polling, type Round, serverIn } from './measure.ts';

/** `npm run bench:drivers`: our drivers against the bare libraries' own loops, same servers and sizes, in turns. */

/** Pairs of rounds, and real milliseconds of each round. */
const SHORT = [16, 300] as const;
const LONG = [5, 1_500] as const;
/** Registers in a block, and blocks in a poll: as many values as in a Read. */
const REGISTERS = 125;
const BLOCKS = 8;
/** Nodes in a Read: the most that the server takes at once. */
const NODES = 1_000;
const ITEMS = 5_000;
const PERIOD = 1_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function tell(what: string, { library, driver, ratio }: Compared): number {
  const line = (name: string, { perSecond, cpuPer1000 }: Round): string =>
    `  ${name.padEnd(16)} ${Math.round(perSecond).toLocaleString('en')} values/s, ${cpuPer1000.toFixed(3)} ms CPU per 1 000 values`;
  say(`${what}\n${line('bare library', library)}\n${line('our driver', driver)}`);
  say(`  ratio ${ratio.cpu.toFixed(2)} by CPU time, ${ratio.time.toFixed(2)} by values/s`);
  return ratio.cpu;
}

async function benchModbus(): Promise<number> {
  const { hello, child } = await serverIn<{ port: number }>('modbusResponder.ts');
  const library: Loop = async (took, signal) => {
    const client = new ModbusSerial.default();
    await client.connectTCP('127.0.0.1', { port: hello.port });
    client.setTimeout(1_000);
    client.setID(1);
    while (!signal.aborted) took((await client.readHoldingRegisters(0, REGISTERS)).data.length);
    client.destroy(() => {});
  };
  const addresses = Array.from({ length: BLOCKS * REGISTERS }, (_, i) => [`r${i}`, { register: i, type: 'uint16' }]);
  const options = modbus.options.parse({ host: '127.0.0.1', port: hello.port });
  const driver = modbus.open(options, points(modbus, Object.fromEntries(addresses), PERIOD));
  const figures = await compare({ library, driver: polling(driver) }, ...SHORT);
  child.disconnect();
  return tell(`Modbus TCP, ${REGISTERS} registers a request, one request in flight, a raw responder in Node`, figures);
}

const node = (i: number): string => `nsu=${NAMESPACE};s=v${i}`;
const named = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, { node: node(i) }]));

/** A session of the bare library, and the namespace's index. */
async function bare(url: string) {
  const client = OPCUAClient.create({ endpointMustExist: false });
  await client.connect(url);
  const session = await client.createSession();
  const index = (await session.readNamespaceArray()).indexOf(NAMESPACE);
  return { client, session, index };
}

async function benchRead(): Promise<number> {
  const { hello, child } = await serverIn<{ url: string }>('opcuaPublisher.ts', String(NODES));
  const library: Loop = async (took, signal) => {
    const { client, session, index } = await bare(hello.url);
    const nodes = Array.from({ length: NODES }, (_, i) => ({
      nodeId: `ns=${index};s=v${i}`,
      attributeId: AttributeIds.Value,
    }));
    while (!signal.aborted) took((await session.read(nodes)).length);
    await client.disconnect();
  };
  const options = opcua.options.parse({ url: hello.url, mode: 'None' });
  const driver = opcua.open(options, points(opcua, named(NODES), PERIOD));
  const figures = await compare({ library, driver: polling(driver) }, ...SHORT);
  child.disconnect();
  return tell(`OPC UA Read, ${NODES} nodes a request, mode None, node-opcua's server`, figures);
}

async function benchNotifications(): Promise<Round> {
  const { hello, child } = await serverIn<{ url: string }>('opcuaPublisher.ts', String(ITEMS));
  const library: Loop = async (took, signal) => {
    const { client, session, index } = await bare(hello.url);
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 500,
      requestedMaxKeepAliveCount: 10,
      requestedLifetimeCount: 1_000,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
    });
    const items = Array.from({ length: ITEMS }, (_, i) => ({
      nodeId: `ns=${index};s=v${i}`,
      attributeId: AttributeIds.Value,
    }));
    const parameters = { samplingInterval: 1_000, queueSize: 10, discardOldest: true };
    ClientMonitoredItemGroup.create(subscription, items, parameters, TimestampsToReturn.Both).on('changed', () =>
      took(1),
    );
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await client.disconnect();
  };
  const options = opcua.options.parse({
    url: hello.url,
    mode: 'None',
    acquisition: 'subscribe',
    publishingInterval: '500ms',
  });
  const driver = opcua.open(options, points(opcua, named(ITEMS), 1_000));
  const figures = await compare({ library, driver: listening(driver) }, ...LONG);
  child.disconnect();
  tell(
    `OPC UA notifications, 1 000 a message, mode None. node-opcua's server makes the first message; its process then
repeats it for each PublishRequest under the next sequence number, since its own publishing is many times slower`,
    figures,
  );
  const { cpuPer1000 } = figures.driver;
  say(`  our driver: ${Math.round(1e6 / cpuPer1000).toLocaleString('en')} notifications a second of its CPU`);
  return figures.driver;
}

const modbusRatio = await benchModbus();
const opcuaReadRatio = await benchRead();
const { perSecond } = await benchNotifications();
const round = (ratio: number): number => Number(ratio.toFixed(3));
say(
  JSON.stringify({
    opcuaReadRatio: round(opcuaReadRatio),
    opcuaNotificationsPerSecond: Math.round(perSecond),
    modbusRatio: round(modbusRatio),
  }),
);
process.exit();
