import { join } from 'node:path';
import { complaintsOf, inWords } from '../../config/faults.ts';
import { ConnectionLost, Misconfigured } from '../../drivers/driver.ts';
import { NodeText } from '../../drivers/opcua/address.ts';
import { openSession } from '../../drivers/opcua/connect.ts';
import { type Leaf, readLeaves } from '../../drivers/opcua/leaves.ts';
import { options as Options } from '../../drivers/opcua/options.ts';
import { learn } from '../../drivers/opcua/server.ts';
import { Refused as RefusedByServer, type Session, servicesOf } from '../../drivers/opcua/services.ts';
import { type Branch, growTree, type Tree } from '../../drivers/opcua/tree.ts';
import { visit } from '../../drivers/opcua/visit.ts';
import { realClock } from '../clock.ts';
import { found, treeText } from './browsed.ts';
import { type Found, foundText } from './found.ts';
import type { Access } from './opcuaOptions.ts';
import type { OptionsOf } from './options.ts';
import { onSignals } from './signals.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

/** A tree, and what its variables hold. */
export interface Browsed extends Tree {
  readonly leaves: ReadonlyMap<Branch, Leaf>;
}

/** `pertonne browse`: what an OPC UA server has, for people or as tags for a configuration. */
export async function browse(asked: OptionsOf<'browse'>): Promise<number> {
  const { written, browsed } = await browsedAt(asked.file, asked);
  process.stdout.write(asked.yaml ? foundText(found('plc', written, browsed)) : treeText(browsed));
  process.stderr.write(notesOf(browsed, asked));
  return EXIT.done;
}

/** Endpoint and tags for the plant's file, under the endpoint's name. */
export async function serverFound(id: string, url: string, asked: Access): Promise<Found> {
  const { written, browsed } = await browsedAt(url, asked);
  const { left, ...rest } = found(id, written, browsed);
  return { ...rest, left: [...left, ...notesOf(browsed, asked).split('\n').filter(Boolean)] };
}

async function browsedAt(url: string, asked: Access): Promise<{ written: Record<string, unknown>; browsed: Browsed }> {
  const written = endpointOf(url, asked);
  const { data: options, error } = Options.safeParse(written, { error: inWords });
  if (error) throw new UsageError(complaintsOf(error).map(said).join('\n'));
  const unreadable = NodeText.safeParse(asked.node).error;
  if (unreadable) throw new UsageError(`--node: ${asked.node} is not ${unreadable.issues[0]!.message}`);
  const browsed = await look(options, asked).catch((cause: unknown) => {
    const isKnown = [ConnectionLost, Misconfigured, RefusedByServer].some((kind) => cause instanceof kind);
    throw isKnown ? new Refused(`${url}: ${(cause as Error).message}`, { cause }) : cause;
  });
  return { written, browsed };
}

const said = ({ path, message }: { path: readonly PropertyKey[]; message: string }): string =>
  `${path.join('.')}: ${message}`;

/** The endpoint as the plant's file would have it. */
function endpointOf(url: string, asked: Access): Record<string, unknown> {
  const given = {
    url,
    mode: asked.mode,
    policy: asked.policy,
    serverCertificate: asked['server-certificate'],
    user: asked.user,
    passwordFile: asked['password-file'],
    userCertificate: asked['user-certificate'],
    userKey: asked['user-key'],
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function look(options: ReturnType<typeof Options.parse>, { data, node, depth, max }: Access) {
  const clock = realClock();
  const place = { options, pkiFolder: join(data, 'pki'), clock, signal: onSignals() };
  return visit(place, async (means): Promise<Browsed> => {
    const services = servicesOf((await openSession(means)) as Session, means.line);
    const server = await learn(services);
    const tree = await growTree({ node, depth, most: max }, means.library, server, services);
    const variables = [...walk(tree.root)].filter(({ isVariable }) => isVariable);
    const ids = variables.map(({ nodeId }) => nodeId);
    const leaves = await readLeaves(ids, clock.now, means.library, server, services);
    return { ...tree, leaves: new Map(variables.map((variable, index) => [variable, leaves[index]!])) };
  });
}

function* walk(branch: Branch): Generator<Branch> {
  yield branch;
  for (const child of branch.children) yield* walk(child);
}

function notesOf({ cut, unopened }: Tree, { max, depth }: Access): string {
  if (cut) return `Cut at ${max} nodes: begin deeper with --node, or allow more with --max.\n`;
  return unopened > 0 ? `${unopened} nodes at depth ${depth} were not opened: --depth goes deeper.\n` : '';
}
