import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { describeFaults, type Loaded, loadConfig, type Overlay } from '../../config/load.ts';
import type { PlantConfig } from '../../config/plant.ts';

/** A small sound plant: one mill with an energy meter, a water meter and a coil scale. Tests replace a line of it. */
export const PLANT = `version: 1
agent: demo
plant: { path: acme/baise }
indicators: guangxi-2025
lines:
  - { id: mill-1, name: { en: Mill 1, zh: 1号轧机 }, kind: rolling-mill, equipment: hot/mill-1, main: mill-1.energy }
endpoints:
  - { id: plc, protocol: opcua, url: "opc.tcp://127.0.0.1:4840", serverCertificate: certs/plc.pem }
  - { id: bus, protocol: modbus, host: 127.0.0.1, period: 20s }
tags:
  - { id: mill.kwh, endpoint: bus, address: { profile: abb-b23, point: activeEnergyImport } }
  - { id: mill.water, endpoint: bus, unit: m3, address: { unitId: 2, register: 100, type: float32 } }
  - { id: coil.sequence, endpoint: plc, unit: coil, address: { node: "ns=2;s=Coil.Sequence" } }
  - { id: coil.weight, endpoint: plc, unit: kg, range: [0, 30000], address: { node: "ns=2;s=Coil.Weight" } }
meters:
  - { id: energy, kind: counter, line: mill-1, tag: mill.kwh, quantity: electricity, unit: kWh, maxRate: 20000 }
  - { id: water, kind: counter, line: mill-1, tag: mill.water, quantity: new water, unit: m3, maxRate: 500 }
  - { id: steel, kind: event, line: mill-1, tag: coil.sequence, amountTag: coil.weight, scale: 0.001, quantity: steel, unit: t }
metrics:
  - { id: mill-1.energy, line: mill-1, unit: kWh/t, numerator: [energy], denominator: [steel], limit: { op: "<=", bound: 600 } }
  - { id: mill-1.water, line: mill-1, unit: m3/t, numerator: [water], denominator: [steel], limit: { indicator: steel.water } }
`;

/** The plant with the first occurrence of each text replaced; a text that is not there is a fault of the test. */
export const plantWith = (changes: Record<string, string>): string =>
  Object.entries(changes).reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`the plant has no ${before}`);
    return text.replace(before, after);
  }, PLANT);

/** Loads a text as `plant.yaml` in a folder of its own, gone after the test. */
export async function load(text: string, overlay: Overlay = {}): Promise<Loaded & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'pertonne-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'plant.yaml'), text);
  return { ...(await loadConfig(join(folder, 'plant.yaml'), { overlay })), folder };
}

/** The faults of a text as the operator reads them, one a line, the folder left out. */
export async function faultsOf(text: string, overlay: Overlay = {}): Promise<string[]> {
  const loaded = await load(text, overlay);
  if (!('faults' in loaded)) return [];
  return describeFaults(loaded.faults).replaceAll(`${loaded.folder}/`, '').split('\n');
}

export async function configOf(text: string, overlay: Overlay = {}): Promise<PlantConfig & { folder: string }> {
  const loaded = await load(text, overlay);
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  return { ...loaded.config, folder: loaded.folder };
}
