import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import {
  AttributeIds,
  type ClientSession,
  type DataValue,
  MessageSecurityMode,
  makeBrowsePath,
  OPCUAClient,
  SecurityPolicy,
} from 'node-opcua-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningPlant, startPlant } from '../../drivers/simulator/index.ts';
import { temporaryFolder } from './host.ts';

const ORIGIN = Date.parse('2026-03-02T00:00:00+08:00');
const OWN = 'urn:pertonne:simulated-plant';
const SCALES = 'http://opcfoundation.org/UA/Scales/V2/';
const MACHINERY = 'http://opcfoundation.org/UA/Machinery/';

let plant: RunningPlant;
let session: ClientSession;
let client: OPCUAClient;
/** Of the processor's time: others may keep it busy. */
let startedMs: number;

beforeAll(async () => {
  const clock = { now: () => ORIGIN + 3_600_000 };
  const begun = process.cpuUsage();
  const faults = ['bad:Potline.Scale.Weight'];
  plant = await startPlant({ clock, origin: ORIGIN, seed: 1, faults, pkiFolder: temporaryFolder() });
  const { user, system } = process.cpuUsage(begun);
  startedMs = (user + system) / 1_000;
  client = OPCUAClient.create({
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: temporaryFolder(),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    }),
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
    connectionStrategy: { maxRetry: 0 },
  });
  await client.connect(String(plant.endpoints.plc!.url));
  session = await client.createSession();
});
afterAll(async () => {
  await session?.close();
  await client?.disconnect();
  await plant?.close();
});

/** Reads what stands at a path below Objects; names without a namespace are the plant's own. */
async function read(...names: (string | [string, string])[]): Promise<DataValue> {
  const namespaces = await session.readNamespaceArray();
  const path = names.map((name) => {
    const [uri, text] = typeof name === 'string' ? [OWN, name] : name;
    const escaped = text.replaceAll('.', '&.');
    return uri === '' ? escaped : `${namespaces.indexOf(uri)}:${escaped}`;
  });
  const { targets, statusCode } = await session.translateBrowsePath(
    makeBrowsePath('ObjectsFolder', `/${path.join('/')}`),
  );
  expect([names, statusCode.name]).toEqual([names, 'Good']);
  return session.read({ nodeId: targets![0]!.targetId, attributeId: AttributeIds.Value });
}
const scale = (name: string): (string | [string, string])[] => [[MACHINERY, 'Machines'], name];
const of = (...names: string[]): [string, string][] => names.map((name) => [SCALES, name]);

describe('the devices of the simulated PLC', () => {
  it('a scale speaks OPC UA for Scales: weight, its identity, pieces, unit', async () => {
    const [weight, id, count] = await Promise.all(
      ['Weight', 'PieceId', 'Sequence'].map((name) => read('Plant', `Mill.Scale.${name}`)),
    );
    expect(weight!.value.value).toBeGreaterThan(17);
    const net = await read(...scale('MillScale'), ...of('RegisteredWeight', 'Net'));
    expect([net.value.value, net.sourceTimestamp]).toEqual([weight!.value.value, new Date(ORIGIN + 3_600_000)]);
    const registered = await read(...scale('MillScale'), ...of('RegisteredWeight'));
    expect(registered.value.value).toMatchObject({ net: weight!.value.value, gross: weight!.value.value, tare: 0 });
    const weightId = await read(...scale('MillScale'), ...of('RegisteredWeight', 'WeightId'));
    expect(weightId.value.value).toBe(id!.value.value);
    const pieces = await read(...scale('MillScale'), ...of('ProductionOutput', 'TotalPackages', 'ItemCount'));
    expect(pieces.value.value).toBe(count!.value.value);
    const unit = await read(...scale('MillScale'), ...of('RegisteredWeight'), ['', 'EngineeringUnits']);
    expect(unit.value.value).toMatchObject({ unitId: 0x544e45, displayName: { text: 't' } });
  });

  it('what is bad in the PLC is bad in the device that shows it', async () => {
    for (const name of ['Net', '']) {
      const value = await read(...scale('PotlineScale'), ...of('RegisteredWeight', ...(name ? [name] : [])));
      expect(value.statusCode.name).toBe('BadDeviceFailure');
    }
  });

  it('a meter is of its maker’s type, with units', async () => {
    const power = await read('Plant', 'MillDriveMeter', 'ActivePower');
    expect(power.value.value).toBe((await read('Plant', 'Mill.DrivePower')).value.value);
    const energy = await read('Plant', 'MillDriveMeter', 'ActiveEnergy');
    expect(energy.value.value).toBeCloseTo(plant.book().totals['mill-drive']!, 6);
    const unit = await read('Plant', 'MillDriveMeter', 'ActiveEnergy', ['', 'EngineeringUnits']);
    expect(unit.value.value).toMatchObject({ unitId: 0x4b5748 });
  });

  it('cost no more time at the start than a demo can spare', () => {
    expect(startedMs).toBeLessThan(20_000);
  });
});
