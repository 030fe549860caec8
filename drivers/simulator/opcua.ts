import {
  DataType,
  DataValue,
  LogLevel,
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  RegisterServerMethod,
  SecurityPolicy,
  StatusCodes,
  setLogLevel,
  Variant,
} from 'node-opcua';
import type { Ms } from '../../rules/sample.ts';
import type { Device, Node } from './contract.ts';
import { addDevices, type Show, withUnit } from './devices.ts';

export const NAMESPACE = 'urn:pertonne:simulated-plant';

/** A running PLC. */
export interface Plc {
  readonly url: string;
  /** Its certificate, PEM. */
  readonly certificateFile: string;
  close(): Promise<void>;
}

/** What a PLC needs to know. `bad` nodes report BadDeviceFailure. */
export interface PlcOptions {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly devices: readonly Device[];
  readonly bad: ReadonlySet<string>;
  readonly now: () => Ms;
  /** Keys, its own certificate and those of its clients, all of which it accepts. */
  readonly pkiFolder: string;
  /** 0: whichever is free. */
  readonly port: number;
}

const MOST_SESSIONS = 200;

/** OPC UA for Scales, and what it builds on. */
const MODELS = ['standard', 'di', 'ia', 'machinery', 'packML', 'scales'] as const;

/** Serves variables on 127.0.0.1: Sign and SignAndEncrypt only, anonymous user; nothing can be written. */
export async function servePlc(options: PlcOptions): Promise<Plc> {
  const { now, pkiFolder, port } = options;
  setLogLevel(LogLevel.Emergency); // node-opcua writes to the console by itself
  const certificates = new OPCUACertificateManager({
    rootFolder: pkiFolder,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  const server = new OPCUAServer({
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    alternateHostname: ['127.0.0.1', 'localhost'],
    port,
    nodesets: MODELS.map((model) => nodesets[model]),
    serverInfo: { applicationUri: `${NAMESPACE}:server`, applicationName: { text: 'Simulated plant' } },
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityModes: [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [
      SecurityPolicy.Basic256Sha256,
      SecurityPolicy.Aes128_Sha256_RsaOaep,
      SecurityPolicy.Aes256_Sha256_RsaPss,
    ],
    allowAnonymous: true,
    // An agent that is killed leaves its session behind until that times out; many kills must not lock it out.
    maxConnectionsPerEndpoint: MOST_SESSIONS,
    serverCapabilities: { maxSessions: MOST_SESSIONS },
    registerServerMethod: RegisterServerMethod.HIDDEN,
  });
  await server.initialize();
  addNodes(server, options, requestTime(server, now));
  await server.start().catch(async (cause: unknown) => {
    await server.shutdown(0);
    throw cause;
  });
  return {
    url: `opc.tcp://127.0.0.1:${server.endpoints[0]!.port}`,
    certificateFile: server.certificateFile,
    close: () => server.shutdown(0),
  };
}

/** All values of one Read come from the instant at which it arrived, so that a piece's number and weight agree. */
function requestTime(server: OPCUAServer, now: () => Ms): () => Ms {
  let requested: Ms | undefined;
  server.on('request', () => {
    requested = now();
  });
  server.on('response', () => {
    requested = undefined;
  });
  return () => requested ?? now();
}

function addNodes(server: OPCUAServer, { nodes, devices, bad }: PlcOptions, instant: () => Ms): void {
  const space = server.engine.addressSpace!;
  const namespace = space.registerNamespace(NAMESPACE);
  const plant = namespace.addFolder(space.rootFolder.objects, { browseName: 'Plant', nodeId: 's=Plant' });
  const show: Show = (name, variantOf) => {
    const { value } = nodes.get(name)!;
    // A bad one carries a value all the same, as PLCs' often do: nobody may use it.
    const statusCode = bad.has(name) ? StatusCodes.BadDeviceFailure : StatusCodes.Good;
    return () => {
      const at = instant();
      return new DataValue({ value: variantOf(value(at)), statusCode, sourceTimestamp: new Date(at) });
    };
  };
  for (const [name, { type, unit }] of nodes) {
    const dataType = DataType[type];
    const timestamped_get = show(name, (value) => new Variant({ dataType, value }));
    const variable = withUnit(namespace, unit, {
      componentOf: plant,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
      minimumSamplingInterval: 100,
    });
    variable.bindVariable({ timestamped_get }, true);
  }
  addDevices({ space, namespace, show }, plant, devices);
}
