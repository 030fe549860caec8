import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeFaults, loadConfig } from '../../config/load.ts';
import type { Plant } from '../../drivers/simulator/contract.ts';
import { demoPlant } from '../../drivers/simulator/demo.ts';
import { recordedPlant } from '../../drivers/simulator/recorded.ts';
import { parseReplay } from '../../drivers/simulator/replay.ts';
import { MeterOptions, MetricOptions } from '../../rules/options.ts';

const ORIGIN = Date.parse('2026-03-02T00:00:00+08:00');
const examples: [string, Plant][] = [
  ['demo', demoPlant(1, ORIGIN)],
  ['replay', recordedPlant(parseReplay('date,Usage_kWh\n1/1/2018 0:15,3.17'))],
];

interface OpcuaAddress {
  readonly node?: string;
  readonly instance?: string;
  readonly path?: string;
}

interface Registers {
  readonly unitId: number;
  readonly register: number;
  readonly type: string;
  readonly wordOrder: string;
}

describe.each(examples)('config/examples/%s.yaml', (name, plant) => {
  const file = new URL(`../../config/examples/${name}.yaml`, import.meta.url);

  it('has meters and metrics as the rules take them', () => {
    const { meters, metrics } = parse(readFileSync(file, 'utf8')) as { meters: unknown[]; metrics: unknown[] };
    for (const meter of meters) MeterOptions.parse(meter);
    for (const metric of metrics) MetricOptions.parse(metric);
    expect(meters.length).toBeGreaterThan(2);
  });

  it('has no fault, and asks for nothing that the plant does not serve', async () => {
    const loaded = await loadConfig(file.pathname);
    if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
    const gateways = plant.gateways(() => 0n);
    for (const { id, protocol, points } of loaded.config.endpoints) {
      expect(points.length).toBeGreaterThan(0);
      for (const { address } of points) {
        if (protocol === 'opcua') {
          const { node, instance, path } = address as OpcuaAddress;
          expect(id).toBe(plant.plc);
          if (node) expect([...plant.nodes.keys()]).toContain(node.replace('nsu=urn:pertonne:simulated-plant;s=', ''));
          else {
            expect(plant.devices).toContainEqual(expect.objectContaining({ kind: 'scale', name: instance }));
            expect(['/RegisteredWeight/Net', '/ProductionOutput/TotalPackages/ItemCount']).toContain(path);
          }
        } else {
          const { unitId, register, type, wordOrder } = address as Registers;
          const served = gateways.get(id)!.get(unitId)!;
          expect(served).toContainEqual(expect.objectContaining({ register, type, wordOrder }));
        }
      }
    }
  });

  it('scales every counter as its simulated meter counts, with room for its rate', async () => {
    const loaded = await loadConfig(file.pathname);
    if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
    const gateways = plant.gateways((id) => BigInt(plant.meters.findIndex((meter) => meter.id === id)));
    const { endpoints, meters, tags } = loaded.config;
    for (const meter of meters) {
      if (meter.kind !== 'counter') continue;
      const point = endpoints
        .flatMap(({ id, points }) => points.map((of) => ({ id, ...of })))
        .find(({ tag }) => tag === meter.tag)!;
      const { unitId, register } = point.address as Registers;
      const served = gateways
        .get(point.id)
        ?.get(unitId)
        ?.find((other) => other.register === register);
      if (!served) continue; // the PLC's totaliser is a Double
      const simulated = plant.meters[Number(served.value(ORIGIN))]!;
      expect([meter.id, meter.scale]).toEqual([meter.id, 1 / simulated.perUnit]);
      expect([meter.id, BigInt(meter.modulus!)]).toEqual([meter.id, simulated.modulus]);
      expect(meter.maxRate).toBeGreaterThan(1.4 * simulated.usual);
    }
    expect(tags.every(({ range }) => range)).toBe(true);
  });
});
