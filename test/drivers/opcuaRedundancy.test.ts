import { DataType, type DataValue, type UAVariable } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionLost } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { points, type Running, run, temporaryFolder } from './host.ts';
import { dataValue, double, makeOpcuaServer, NAMESPACE, type TestServer } from './opcuaServer.ts';

/** One of a set: its value says which, and its health is set by the tests. */
interface Twin {
  readonly server: TestServer;
  setLevel(level: number): void;
}

async function makeTwin(value: number): Promise<Twin> {
  const server = await makeOpcuaServer();
  let level = 255;
  server.furnish((_, space) => {
    const value = (): DataValue => dataValue(DataType.Byte, level);
    (space.findNode('i=2267') as UAVariable).bindVariable({ timestamped_get: value }, true);
  });
  server.show('value', double(value));
  await server.start();
  const setLevel = (to: number): void => {
    level = to;
  };
  return { server, setLevel };
}

describe.each(['poll', 'subscribe'] as const)('a redundant set of OPC UA servers, acquisition %s', (acquisition) => {
  const pkiFolder = temporaryFolder();
  let first: Twin;
  let second: Twin;
  let running: Running;
  beforeAll(async () => {
    [first, second] = await Promise.all([makeTwin(1), makeTwin(2)]);
  });
  afterEach(async () => {
    await running.stop().catch(() => {});
    first.setLevel(255);
    second.setLevel(255);
  });
  afterAll(() => Promise.all([first.server.kill(), second.server.kill()]));

  const open = () => {
    const options = { url: first.server.url, standby: [second.server.url], mode: 'None', acquisition };
    return opcua.open(opcua.options.parse(options), points(opcua, { a: { node: `nsu=${NAMESPACE};s=value` } }, 50));
  };
  const begin = (driver = open()): Running => {
    running = run(driver, pkiFolder);
    return running;
  };
  const both = (): number => first.server.sessions() + second.server.sessions();

  it('uses the first that is healthy, and only that', async () => {
    await begin().several('a', 3);
    expect(new Set(running.samples.map(({ value }) => value))).toEqual(new Set([1]));
    expect(both()).toBe(1);
    await running.stop();

    first.setLevel(100);
    await begin().several('a', 3);
    expect(new Set(running.samples.map(({ value }) => value))).toEqual(new Set([2]));
    await expect.poll(both).toBe(1);
  });

  it('uses the healthiest when none is healthy', async () => {
    first.setLevel(120);
    second.setLevel(100);
    expect(await begin().next(() => true)).toMatchObject({ value: 1 });
  });

  it('changes over when its server is no longer healthy, and not back', async () => {
    const driver = open();
    await begin(driver).next(({ value }) => value === 1);
    first.setLevel(10);
    await expect(running.ended).rejects.toThrow(/its service level is 10, and opc\.tcp:.* has 255/);
    await begin(driver).next(({ value }) => value === 2);
    first.setLevel(255);
    await running.several('a', 3);
    expect(running.samples.every(({ value }) => value === 2)).toBe(true);
  });

  it('goes on with the other when one is killed', async () => {
    const driver = open();
    await begin(driver).next(({ value }) => value === 1);
    await first.server.kill();
    await expect(running.ended).rejects.toBeInstanceOf(ConnectionLost);
    expect(await begin(driver).next(() => true)).toMatchObject({ value: 2, statusCode: 'good' });
    await running.stop();
    await second.server.kill();
    await expect(begin(driver).ended).rejects.toThrow(
      new RegExp(`${second.server.port}.*${first.server.port}|${first.server.port}.*${second.server.port}`),
    );
    await Promise.all([first.server.start(), second.server.start()]);
  });
});
