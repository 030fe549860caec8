import { join } from 'node:path';
import {
  type AddressSpace,
  DataType,
  DataValue,
  MessageSecurityMode,
  type Namespace,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  type OPCUAServerOptions,
  SecurityPolicy,
  type ServerSession,
  type StatusCode,
  StatusCodes,
  type Subscription,
  setLogLevel,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { freePort } from '../support/freePort.ts';
import { temporaryFolder } from './host.ts';

export const NAMESPACE = 'urn:test:plant';

export type Shown = { readonly type: DataType; readonly value: unknown } | DataValue;

/** A node-opcua server on loopback whose variables are set by tests. */
export interface TestServer {
  readonly url: string;
  readonly certificateFile: string;
  readonly port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Null: the node is no longer there. */
  show(name: string, shown: Shown | null): void;
  /** All of its nodes, since the last start. */
  space(): AddressSpace;
  channels(): number;
  sessions(): number;
  /** Node counts of the Read requests since the start. */
  readonly reads: number[];
  /** Item counts of the CreateMonitoredItems requests since the start. */
  readonly monitored: number[];
  /** Names of all services asked for since the start. */
  readonly services: Set<string>;
  /** Mode and policy of each channel on which a session was made, and its user. */
  readonly secured: string[];
  /** Namespaces that come before ours at the next start. */
  readonly earlier: string[];
  /** The subscriptions that it keeps for sessions. */
  subscriptions(): Subscription[];
  /** Makes more nodes, at each start. */
  furnish(furnish: (namespace: Namespace, space: AddressSpace) => void): void;
}

interface Asked {
  readonly schema: { readonly name: string };
  readonly nodesToRead?: unknown[];
  readonly itemsToCreate?: unknown[];
}

export const double = (value: number): Shown => ({ type: DataType.Double, value });

export const dataValue = (
  type: DataType,
  value: unknown,
  statusCode: StatusCode = StatusCodes.Good,
  sourceTimestamp: Date | null = new Date(0),
): DataValue =>
  new DataValue({
    value: new Variant({ dataType: type, arrayType: VariantArrayType.Scalar, value }),
    statusCode,
    sourceTimestamp,
  });

export async function makeOpcuaServer(options: Partial<OPCUAServerOptions> = {}, trusting = true): Promise<TestServer> {
  setLogLevel(0);
  const folder = temporaryFolder();
  const port = options.port ?? (await freePort());
  const shown = new Map<string, Shown>();
  const variables = new Map<string, UAVariable>();
  const reads: number[] = [];
  const monitored: number[] = [];
  const services = new Set<string>();
  const secured: string[] = [];
  const earlier: string[] = [];
  const furnishers: ((namespace: Namespace, space: AddressSpace) => void)[] = [];
  let server: OPCUAServer;

  const add = (name: string): void => {
    const space = server.engine.addressSpace!;
    const namespace = space.getNamespace(space.getNamespaceIndex(NAMESPACE));
    const first = shown.get(name)!;
    const dataType = first instanceof DataValue ? first.value.dataType : first.type;
    const variable = namespace.addVariable({
      organizedBy: space.rootFolder.objects,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
      valueRank: -1,
      minimumSamplingInterval: 20,
    });
    variable.bindVariable({ timestamped_get: () => current(name) }, true);
    variables.set(name, variable as UAVariable);
  };
  const current = (name: string): DataValue => {
    const one = shown.get(name)!;
    return one instanceof DataValue ? one : dataValue(one.type, one.value, StatusCodes.Good, new Date());
  };

  return {
    url: `opc.tcp://127.0.0.1:${port}`,
    port,
    certificateFile: join(folder, 'own/certs/certificate.pem'),
    reads,
    monitored,
    services,
    secured,
    earlier,
    subscriptions: () => server.engine.getSessions().flatMap(({ publishEngine }) => publishEngine.subscriptions),
    furnish: (furnisher) => void furnishers.push(furnisher),
    async start() {
      server = new OPCUAServer({
        port,
        hostname: '127.0.0.1',
        nodeset_filename: [nodesets.standard],
        serverCertificateManager: new OPCUACertificateManager({
          rootFolder: folder,
          automaticallyAcceptUnknownCertificate: trusting,
          disableFileWatchers: true,
        }),
        certificateFile: join(folder, 'own/certs/certificate.pem'),
        securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
        securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
        ...options,
      });
      await server.initialize();
      const space = server.engine.addressSpace!;
      for (const uri of [...earlier, NAMESPACE]) space.registerNamespace(uri);
      for (const furnish of furnishers) furnish(space.registerNamespace(NAMESPACE), space);
      for (const name of shown.keys()) add(name);
      server.on('request', (request: Asked) => {
        services.add(request.schema.name);
        if (request.schema.name === 'CreateMonitoredItemsRequest') monitored.push(request.itemsToCreate?.length ?? 0);
        if (request.schema.name === 'ReadRequest') reads.push(request.nodesToRead?.length ?? 0);
      });
      server.on('session_activated', ({ channel }: ServerSession) => {
        secured.push(`${MessageSecurityMode[channel!.securityMode]}/${channel!.securityPolicy.split('#')[1]}`);
      });
      await server.start();
    },
    kill: () => server.shutdown(0),
    show(name, value) {
      if (value === null) {
        shown.delete(name);
        server.engine.addressSpace!.deleteNode(variables.get(name)!);
        return;
      }
      const known = shown.has(name);
      shown.set(name, value);
      if (!known && server) add(name);
    },
    space: () => server.engine.addressSpace!,
    channels: () => server.currentChannelCount,
    sessions: () => server.currentSessionCount,
  };
}
