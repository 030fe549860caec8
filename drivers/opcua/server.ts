import type { DataValue } from 'node-opcua-client';
import { portions, type Services } from './services.ts';

export const VALUE = 13;
const value = (nodeId: string): { nodeId: string; attributeId: number } => ({ nodeId, attributeId: VALUE });

/** Where a server tells about itself (OPC UA Part 6, A.1 and A.3). */
const NAMESPACE_ARRAY = value('i=2255');
const SERVICE_LEVEL = value('i=2267');
const LIMITS = {
  read: value('i=11705'),
  browse: value('i=11710'),
  translate: value('i=11712'),
  monitor: value('i=11714'),
};

/** What a server tells about itself. */
export interface Server {
  /** In the order of their indexes, which may be another after each start of the server. */
  readonly namespaces: readonly string[];
  /** Most operations in one request; Infinity when it does not say. */
  readonly limits: Readonly<Record<keyof typeof LIMITS, number>>;
}

/** Asks a server about itself. */
export async function learn({ read }: Services): Promise<Server> {
  const names = Object.keys(LIMITS) as (keyof typeof LIMITS)[];
  // One at a time is refused by nobody.
  const ask = portions(names.length + 1, read);
  const [namespaces, ...limits] = await ask([NAMESPACE_ARRAY, ...names.map((name) => LIMITS[name])]);
  const told: unknown = namespaces!.value.value;
  return {
    namespaces: Array.isArray(told) ? told.map(String) : [],
    limits: Object.fromEntries(names.map((name, index) => [name, limitOf(limits[index]!)])) as Server['limits'],
  };
}

const limitOf = ({ value }: DataValue): number =>
  typeof value.value === 'number' && value.value > 0 ? value.value : Number.POSITIVE_INFINITY;

/** How healthy a server of a redundant set is (OPC UA Part 4, 6.6.2.4.2): from 200 on it is; one that does not say is. */
export const HEALTHY = 200;
export async function serviceLevel({ read }: Services): Promise<number> {
  const [level] = await read([SERVICE_LEVEL]);
  return typeof level!.value.value === 'number' ? level!.value.value : 255;
}
