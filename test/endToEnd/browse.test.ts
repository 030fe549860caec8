import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataType, NodeId, NodeIdType, StatusCodes, VariantArrayType } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type RunningPlant, startPlant } from '../../drivers/simulator/index.ts';
import { dataValue, double, makeOpcuaServer, NAMESPACE, type TestServer } from '../drivers/opcuaServer.ts';
import { ended, temporaryFolder } from '../support/process.ts';

const ORIGIN = Date.parse('2026-03-02T00:00:00+08:00');
const OWN = 'urn:pertonne:simulated-plant';
const folder = temporaryFolder();
afterAll(() => folder.remove());

const browse = (...args: string[]) => ended('browse', ...args, '--data', folder.path);

/** A plant's file of what `--yaml` wrote. */
async function checked(list: string): Promise<{ code: number | null; out: string; err: string }> {
  const file = join(folder.path, 'browsed.yaml');
  writeFileSync(file, `version: 1\nagent: browsed\nplant: { path: acme/works }\n${list}\nmeters: []\nmetrics: []\n`);
  return ended('check', file);
}

describe('pertonne browse on the simulated plant', () => {
  let plant: RunningPlant;
  let url: string;
  let certificate: string;
  beforeAll(async () => {
    const clock = { now: () => ORIGIN + 3_600_000 };
    const faults = ['bad:Potline.Scale.Weight'];
    plant = await startPlant({ clock, origin: ORIGIN, seed: 1, faults, pkiFolder: join(folder.path, 'plant') });
    url = String(plant.endpoints.plc!.url);
    certificate = String(plant.endpoints.plc!.serverCertificate);
  });
  afterAll(() => plant.close());

  test('is refused until the server is trusted, as an agent’s connection is', async () => {
    expect(await browse(url)).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining(`pertonne trust ${url}`),
    });
  });

  test('shows nodes, types, values, units and status as a tree', async () => {
    const { code, out, err } = await browse(url, '--server-certificate', certificate);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Objects {2}i=85\n/);
    expect(out).toMatch(
      new RegExp(`\\n    Mill\\.DrivePower  nsu=${OWN};s=Mill\\.DrivePower  Double  [\\d.]+  kW  good\\n`),
    );
    expect(out).toMatch(/\n {4}Mill\.Scale\.PieceId .* String {2}"C\d{6}" {2}good\n/);
    expect(out).toMatch(/\n {4}Potline\.Scale\.Weight .* Double {2}- {2}t {2}bad: BadDeviceFailure\n/);
    expect(out).toMatch(/\n {2}Machines .*\n {4}MillScale .*\n/);
    expect(out).toMatch(/\n {6}RegisteredWeight .* WeightType {2}\(structure\)\n/);
    expect(out).toMatch(/\n {8}Net .* Double {2}[\d.]+ {2}t {2}good\n/);
    expect(out).not.toContain('EngineeringUnits');
  });

  test('writes tags that the configuration takes, with the units that the server says', async () => {
    const options = ['--yaml', '--policy', 'Aes256_Sha256_RsaPss', '--node', `nsu=${OWN};s=Plant`];
    const { code, out } = await browse(url, '--server-certificate', certificate, ...options);
    expect(code).toBe(0);
    const { endpoints, tags } = parse(out) as { endpoints: object[]; tags: { id: string; unit: string }[] };
    expect(endpoints).toEqual([
      { id: 'plc', protocol: 'opcua', url, policy: 'Aes256_Sha256_RsaPss', serverCertificate: certificate },
    ]);
    expect(tags).toContainEqual({
      id: 'Mill.NewWaterFlow',
      endpoint: 'plc',
      unit: 'm3/h',
      address: { node: `nsu=${OWN};s=Mill.NewWaterFlow` },
    });
    expect(tags).toContainEqual(expect.objectContaining({ id: 'MillDriveMeter.ActiveEnergy', unit: 'kWh' }));
    expect(await checked(out)).toMatchObject({ code: 0, err: '' });
  });

  test('stops where it is told, and says so', async () => {
    const few = await browse(url, '--server-certificate', certificate, '--max', '12');
    expect(few.err).toContain('Cut at 12 nodes');
    expect(few.out.split('\n').length).toBe(12);
    const flat = await browse(url, '--server-certificate', certificate, '--depth', '1');
    expect(flat.err).toMatch(/^\d+ nodes at depth 1 were not opened/);
    expect(flat.out).not.toContain('Mill.DrivePower');
  });

  test.each([
    [['--mode', 'Loud'], 2, 'mode'],
    [['--depth', '0'], 2, '--depth'],
    [['--node', 'Plant'], 2, '--node: Plant is not a NodeId such as'],
    [['--node', 'nsu=urn:nobody;s=a'], 3, 'no such namespace'],
    [['--node', `nsu=${OWN};s=Nothing`], 3, 'no node'],
    [['--mode', 'None'], 3, 'offers no None/None'],
  ] as const)('%j is refused in a sentence', async (args, code, part) => {
    const refused = await browse(url, '--server-certificate', certificate, ...args);
    expect(refused).toMatchObject({ code, out: '', err: expect.stringContaining(part) });
  });
});

describe('pertonne browse on a server that means ill', () => {
  let server: TestServer;
  const evil = 'a\u001b[2J\nb\u202e: {x}';
  beforeAll(async () => {
    server = await makeOpcuaServer();
    server.show(evil, dataValue(DataType.String, 'x\n# y\u001b[31m"', StatusCodes.Good));
    server.show('<img>: "1"', double(1));
    server.show('_img_ _1_', double(Number.NaN));
    server.show('when', dataValue(DataType.DateTime, new Date(0)));
    server.show('exact', dataValue(DataType.UInt64, [0x200000, 1]));
    server.furnish((namespace, space) => {
      namespace.addVariable({
        organizedBy: space.rootFolder.objects,
        browseName: 'lines',
        nodeId: new NodeId(NodeIdType.STRING, 'x\ny', namespace.index),
        dataType: 'Double',
        value: { dataType: DataType.Double, value: 1 },
      });
      namespace.addVariable({
        organizedBy: space.rootFolder.objects,
        browseName: 'list',
        nodeId: 's=list',
        dataType: 'Double',
        valueRank: 1,
        value: { dataType: DataType.Double, arrayType: VariantArrayType.Array, value: new Float64Array(1e5) },
      });
    });
    await server.start();
  });
  afterAll(() => server.kill());

  test('no name or text reaches the terminal as more than characters', async () => {
    const { code, out } = await browse(server.url, '--mode', 'None');
    expect(code).toBe(0);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out).toContain('a\\u{1b}[2J\\u{a}b\\u{202e}: {x}');
    expect(out).toContain('String  "x\\u{a}# y\\u{1b}[31m""  good');
    expect(out).toContain('list  nsu=urn:test:plant;s=list  Double[100000]\n');
    expect(out).toMatch(/when .* DateTime {2}1970-01-01T00:00:00.000Z {2}good/);
    expect(out).toMatch(/exact .* UInt64 {2}9007199254740993 {2}good/);
  });

  test('the tags are as many as can be addressed, each with an id of its own; the rest is told', async () => {
    const { out } = await browse(server.url, '--mode', 'None', '--yaml');
    const { tags } = parse(out) as { tags: { id: string; unit: string; address: { node: string } }[] };
    expect(tags.map(({ address }) => address.node.slice(`nsu=${NAMESPACE};`.length))).toEqual([
      's=a\u001b[2J',
      's=<img>: "1"',
      's=_img_ _1_',
      's=when',
      's=exact',
    ]);
    expect(new Set(tags.map(({ id }) => id)).size).toBe(5);
    expect(tags[3]!.unit).toBe('ms');
    expect(out).toContain('# nsu=urn:test:plant;s=x\\u{a}y: its node id cannot stand in a file\n');
    expect(out).toContain('# nsu=urn:test:plant;s=list: an array of 100000');
    expect(await checked(out)).toMatchObject({ code: 0, err: '' });
  });
});
