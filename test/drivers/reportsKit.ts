import {
  type AddressSpace,
  DataType,
  type Namespace,
  type OPCUAServerOptions,
  type UAVariable,
  Variant,
} from 'node-opcua';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Clock, Driver } from '../../drivers/driver.ts';
import type { Address } from '../../drivers/opcua/address.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import type { Sample } from '../../rules/sample.ts';
import { type Detour, makeDetour } from './detour.ts';
import { type Running, run, temporaryFolder } from './host.ts';
import { makeOpcuaServer, NAMESPACE, type TestServer } from './opcuaServer.ts';

/** How a server makes a variable of a sort of its own. */
type Making = (namespace: Namespace, space: AddressSpace, zero: Variant) => UAVariable;

/**
 * A server whose variables tell each change at once, a way to it that can be disturbed, and a driver that is told of them;
 * for the tests of a block.
 */
export class ReportsKit {
  server!: TestServer;
  detour!: Detour;
  /** The driver that was begun last. */
  running!: Running;
  readonly #pkiFolder = temporaryFolder();
  readonly #variables = new Map<string, UAVariable>();

  /** Variables by their names, each 0 at first; null: a plain one. */
  constructor(
    making: Readonly<Record<string, Making | null>>,
    capabilities: OPCUAServerOptions['serverCapabilities'] = {},
  ) {
    beforeAll(async () => {
      this.server = await makeOpcuaServer({ serverCapabilities: { minSupportedSampleRate: 0, ...capabilities } });
      this.server.furnish((namespace, space) => {
        for (const [name, make] of Object.entries(making)) {
          const zero = new Variant({ dataType: DataType.Double, value: 0 });
          this.#variables.set(name, (make ?? plain(name))(namespace, space, zero));
        }
      });
      await this.server.start();
      this.detour = await makeDetour(this.server.port);
    });
    afterEach(() => this.running.stop().catch(() => {}));
    afterAll(async () => {
      this.detour.close();
      await this.server.kill();
    });
  }

  /** Changes a variable, to one value after the other. */
  set = (name: string, ...values: number[]): void => {
    for (const value of values) this.#variables.get(name)!.setValueFromSource({ dataType: DataType.Double, value });
  };

  /** A driver that subscribes to these points, each change of which is to be told. */
  open = (points: Parameters<typeof opcua.open>[1], more: object = {}): Driver => {
    const options = opcua.options.parse({
      url: `opc.tcp://127.0.0.1:${this.detour.port}`,
      serverCertificate: this.server.certificateFile,
      ...{ acquisition: 'subscribe', samplingInterval: '0ms', queueSize: 1000, timeout: '2s' },
      ...more,
    });
    return opcua.open(options, points);
  };

  begin = (driver: Driver, clock?: Clock): Running => {
    this.running = run(driver, this.#pkiFolder, clock);
    return this.running;
  };
}

const plain =
  (name: string): Making =>
  (namespace, space, value) =>
    namespace.addVariable({
      ...{ organizedBy: space.rootFolder.objects, browseName: name, nodeId: `s=${name}` },
      ...{ dataType: 'Double', minimumSamplingInterval: 0, value },
    });

export const nodeOf = (name: string): Address['node'] => `nsu=${NAMESPACE};s=${name}`;
export const hasValue =
  (tag: string, value: number) =>
  (sample: Sample): boolean =>
    sample.tag === tag && sample.value === value;
export const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
