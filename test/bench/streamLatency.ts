import { once } from 'node:events';
import { agentKit } from '../agent/agentKit.ts';
import { serverIn } from './measure.ts';
import type { Told } from './streamPlc.ts';

const PERIOD_MS = 100;
const plant = (port: number): string => `
version: 1
agent: latency
plant: { path: acme/works, windows: [hour], grace: 0s }
lines:
  - { id: mill, name: { en: Mill, zh: 轧机 }, kind: rolling-mill, equipment: hot/mill, main: mill.rate }
endpoints:
  - { id: plc, protocol: modbus, host: 127.0.0.1, port: ${port} }
tags:
  - { id: coil, endpoint: plc, unit: coil, period: ${PERIOD_MS}ms, address: { unitId: 1, register: 0, type: uint16 } }
  - { id: weight, endpoint: plc, unit: t, period: ${PERIOD_MS}ms, address: { unitId: 1, register: 1, type: uint16 } }
meters:
  - { id: coils, line: mill, kind: event, quantity: rolled steel, unit: t, tag: coil, amountTag: weight }
metrics:
  - id: mill.rate
    name: { en: Coils, zh: 卷 }
    line: mill
    unit: "%"
    numerator: [{ meter: coils, coefficient: 100, unit: "%" }]
    denominator: [coils]
`;

/**
 * Milliseconds from a change in the PLC to its record at a reader, beyond the wait for the poll and the plant's grace
 * for late samples, which is none here: a change falls
 * anywhere in the period, so that of the quantile p that share of the period is taken off.
 */
export async function latency(changes: number): Promise<{ p50: number; p99: number }> {
  const { hello, child } = await serverIn<Extract<Told, { type: 'port' }>>('streamPlc.ts');
  const it = await agentKit(plant(hello.port));
  await it.agent.allUp;
  const took: number[] = [];
  child.send({ url: `${it.url.replace('http', 'ws')}/v1/stream`, changes, periodMs: PERIOD_MS });
  while (took.length < changes) {
    const [told] = (await once(child, 'message')) as [Told];
    if (told.type === 'took') took.push(told.ms);
  }
  child.kill();
  await it.close();
  took.sort((a, b) => a - b);
  const beyond = (p: number): number => took[Math.floor(p * took.length)]! - p * PERIOD_MS;
  return { p50: beyond(0.5), p99: beyond(0.99) };
}
