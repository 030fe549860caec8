import { type AddressSpace, DataType, type Namespace, standardUnits, Variant, VariantArrayType } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { impatient, points, type Running, run, temporaryFolder } from './host.ts';
import { double, makeOpcuaServer, NAMESPACE, type TestServer } from './opcuaServer.ts';

const NSU = `nsu=${NAMESPACE};`;
const GUID = '72962b91-fa75-4ae6-8d28-b404dc7daf63';

/** Two presses and a scale, with arrays, units and names that are hard to write. */
function furnish(namespace: Namespace, space: AddressSpace): void {
  const plant = namespace.addFolder(space.rootFolder.objects, { browseName: 'Plant', nodeId: 's=Plant' });
  const variable = (browseName: string, value: Variant, nodeId?: string): void => {
    const valueRank =
      value.arrayType === VariantArrayType.Scalar ? -1 : value.arrayType === VariantArrayType.Matrix ? 2 : 1;
    const place = { componentOf: plant, browseName, ...(nodeId ? { nodeId } : {}) };
    namespace.addVariable({ ...place, dataType: value.dataType, valueRank, value });
  };
  variable('Mill.Power', new Variant({ dataType: DataType.Double, value: 1.5 }), 'i=4000000000');
  variable('a/b&c', new Variant({ dataType: DataType.Double, value: 2.5 }), `g=${GUID}`);
  variable('opaque', new Variant({ dataType: DataType.Double, value: 3.5 }), 'b=YWJj');
  variable(
    'list',
    new Variant({ dataType: DataType.Float, arrayType: VariantArrayType.Array, value: [1, 2, 3] }),
    's=list',
  );
  const counts = [
    [0, 1],
    [1, 2],
  ];
  variable(
    'counts',
    new Variant({ dataType: DataType.UInt64, arrayType: VariantArrayType.Array, value: counts }),
    's=counts',
  );
  const matrix = {
    arrayType: VariantArrayType.Matrix,
    dimensions: [2, 3],
    value: new Float64Array([1, 2, 3, 4, 5, 6]),
  };
  variable('matrix', new Variant({ dataType: DataType.Double, ...matrix }), 's=matrix');
  const type = namespace.addObjectType({ browseName: 'ScaleType', nodeId: 'i=7000' });
  namespace.addVariable({ propertyOf: type, browseName: 'Weight', dataType: 'Double', modellingRule: 'Mandatory' });
  const crane = namespace.addObjectType({ browseName: 'CraneScaleType', subtypeOf: type });
  const press = namespace.addObjectType({ browseName: 'PressType' });
  const scale = crane.instantiate({ browseName: 'Scale 7', componentOf: plant, namespace });
  const weight = scale.getPropertyByName('Weight')!;
  weight.setValueFromSource({ dataType: DataType.Double, value: 21.5 });
  for (const browseName of ['P1', 'P2']) {
    const one = press.instantiate({ browseName, componentOf: plant, namespace });
    const value = new Variant({ dataType: DataType.Double, value: Number(browseName.slice(1)) });
    namespace.addVariable({ componentOf: one, browseName: 'Force', dataType: 'Double', value });
  }
  const analog = namespace.addAnalogDataItem({
    componentOf: plant,
    browseName: 'Drive',
    nodeId: 's=Drive',
    dataType: 'Double',
    engineeringUnitsRange: { low: 0, high: 100 },
    engineeringUnits: standardUnits.kilowatt!,
    value: new Variant({ dataType: DataType.Double, value: 9 }),
  });
  const part = new Variant({ dataType: DataType.Double, value: 8 });
  namespace.addVariable({
    componentOf: analog,
    browseName: 'Mean',
    nodeId: 's=Drive.Mean',
    dataType: 'Double',
    value: part,
  });
}

describe('OPC UA addresses', () => {
  const pkiFolder = temporaryFolder();
  let server: TestServer;
  let running: Running;
  beforeAll(async () => {
    server = await makeOpcuaServer({
      serverCapabilities: {
        operationLimits: { maxNodesPerRead: 3, maxNodesPerBrowse: 2, maxNodesPerTranslateBrowsePathsToNodeIds: 2 },
      },
    });
    server.furnish(furnish);
    server.show('plain', double(1));
    await server.start();
  });
  afterEach(() => running.stop().catch(() => {}));
  afterAll(() => server.kill());

  const begin = (addresses: Record<string, object>, unit?: string, clock?: Clock): Running => {
    const options = opcua.options.parse({ url: server.url, mode: 'None' });
    running = run(
      opcua.open(
        options,
        points(opcua, addresses).map((point) => ({ ...point, unit })),
      ),
      pkiFolder,
      clock,
    );
    return running;
  };
  const read = async (address: object, unit?: string) => {
    const { value, statusCode, reason } = await begin({ a: address }, unit).next(() => true);
    await running.stop();
    return statusCode === 'good' ? value : `${statusCode}: ${reason}`;
  };

  it.each([
    ['a number', { node: `${NSU}i=4000000000` }, 1.5],
    ['a GUID', { node: `${NSU}g=${GUID}` }, 2.5],
    ['opaque bytes', { node: `${NSU}b=YWJj` }, 3.5],
    ['a text', { node: `${NSU}s=plain` }, 1],
    ['a path', { path: `/Objects/${NSU}Plant/Mill.Power` }, 1.5],
    ['a path with a name that has slashes', { path: `/Objects/${NSU}Plant/a&/b&&c` }, 2.5],
    ['an element', { node: `${NSU}s=list`, indexRange: 1 }, 2],
    ['an element of 64 bits', { node: `${NSU}s=counts`, indexRange: 1 }, 4_294_967_298n],
    ['an element of a matrix', { node: `${NSU}s=matrix`, indexRange: '1,2' }, 6],
    ['the instance of a type', { type: `${NSU}ScaleType`, path: '/Weight' }, 21.5],
    ['the instance of a type by its NodeId', { type: `${NSU}i=7000`, path: '/Weight' }, 21.5],
    ['a named instance', { type: `${NSU}PressType`, instance: 'P2', path: '/Force' }, 2],
  ])('find %s', async (_, address, value) => {
    expect(await read(address)).toBe(value);
  });

  it.each([
    ['an array', { node: `${NSU}s=list` }, /^bad: an array of 3: indexRange names one element$/],
    ['no such element', { node: `${NSU}s=list`, indexRange: 9 }, /^bad: BadIndexRangeNoData/],
    ['nothing there', { path: `/Objects/${NSU}Plant/Mill` }, /^bad: BadNoMatch: nothing at this path$/],
    [
      'no namespace',
      { path: '/Objects/nsu=urn:other;Plant' },
      /^bad: BadNodeIdUnknown: the server has no such namespace$/,
    ],
    ['no such type', { type: `${NSU}MixerType`, path: '/A' }, /^bad: BadNoMatch: no instance of .*MixerType$/],
    [
      'several instances',
      { type: `${NSU}PressType`, path: '/Force' },
      /^bad: BadTooManyMatches: 2 instances of .*: P1, P2; name one/,
    ],
    ['no such instance', { type: `${NSU}PressType`, instance: 'P3', path: '/Force' }, /named P3, only P1, P2$/],
  ])('say of %s why there is no value', async (_, address, reason) => {
    expect(await read(address)).toMatch(reason);
  });

  it.each([
    [{ node: `${NSU}s=Drive` }, 'kW', 9],
    [{ node: `${NSU}s=Drive` }, 'MW', 'bad: the server gives it in kW, the configuration says MW'],
    [{ node: `${NSU}s=Drive` }, 'kWh', 'bad: the server gives it in kW, the configuration says kWh'],
    [{ node: `${NSU}s=Drive.Mean` }, 'W', 'bad: the server gives it in kW, the configuration says W'],
    [{ node: `${NSU}s=Drive.Mean` }, 'kW', 8],
    [{ node: `${NSU}s=Drive`, checkUnit: false }, 'MW', 9],
    [{ node: `${NSU}s=plain` }, 'MW', 1],
  ])('compare the unit: %o in %s is %s', async (address, unit, expected) => {
    expect(await read(address, unit)).toBe(expected);
  });

  it('let one wrong unit spoil its own tag only', async () => {
    begin({ drive: { node: `${NSU}s=Drive` }, plain: { node: `${NSU}s=plain` } }, 'W');
    expect(await running.next(({ tag }) => tag === 'drive')).toMatchObject({ statusCode: 'bad', value: null });
    expect(await running.next(({ tag }) => tag === 'plain')).toMatchObject({ statusCode: 'good', value: 1 });
  });

  it('that were not there at the connect are looked for again, by path and by type, without a new one', async () => {
    const addresses = {
      plain: { node: `${NSU}s=plain` },
      path: { path: `/Objects/${NSU}late` },
      type: { type: `${NSU}PressType`, instance: 'P9', path: '/Force' },
    };
    begin(addresses, undefined, impatient(60_000));
    const isBad = (tag: string) => running.next((sample) => sample.tag === tag && sample.statusCode === 'bad');
    await Promise.all([isBad('path'), isBad('type')]);
    server.show('late', double(6));
    const space = server.space();
    const force = { browseName: 'Force', dataType: 'Double' } as const;
    const namespace = space.getNamespace(NAMESPACE);
    const press = namespace.findObjectType('PressType')!.instantiate({
      browseName: 'P9',
      organizedBy: space.rootFolder.objects,
      namespace,
    });
    namespace.addVariable({
      ...force,
      componentOf: press,
      value: new Variant({ dataType: DataType.Double, value: 9 }),
    });
    const isGood = (tag: string) => running.next((sample) => sample.tag === tag && sample.statusCode === 'good');
    expect((await Promise.all([isGood('path'), isGood('type')])).map(({ value }) => value)).toEqual([6, 9]);
    expect(running.connections()).toBe(1);
    space.deleteNode(press);

    server.show('late', null);
    await isBad('path');
    const value = new Variant({ dataType: DataType.Double, value: 7 });
    const other = { browseName: 'late', nodeId: 's=another', dataType: 'Double' };
    const node = namespace.addVariable({ ...other, organizedBy: space.rootFolder.objects, value });
    expect(await isGood('path')).toMatchObject({ value: 7 });
    space.deleteNode(node);
  });

  it('are found again when a reboot has given the namespace another index', async () => {
    const addresses = {
      path: { path: `/Objects/${NSU}Plant/Mill.Power` },
      type: { type: `${NSU}ScaleType`, path: '/Weight' },
    };
    await begin(addresses).several('path', 1);
    await running.stop();
    await server.kill();
    server.earlier.push('urn:test:new');
    await server.start();
    begin(addresses);
    expect(await running.next(({ tag }) => tag === 'path')).toMatchObject({ value: 1.5, statusCode: 'good' });
    expect(await running.next(({ tag }) => tag === 'type')).toMatchObject({ value: 21.5, statusCode: 'good' });
  });

  it('cannot name a node and a path, or a path that is none', () => {
    for (const wrong of [
      {},
      { node: 'i=1', path: '/Objects' },
      { path: 'Objects' },
      { path: '/a//b' },
      { type: 'nsu=a;T' },
    ]) {
      expect(opcua.address.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});
