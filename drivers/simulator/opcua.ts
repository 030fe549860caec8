import {
  DataType,
  DataValue,
  LogLevel,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  RegisterServerMethod,
  SecurityPolicy,
  StatusCodes,
  setLogLevel,
  Variant,
} from 'node-opcua';
import type { Ms } from '../../rules/sample.ts';
import type { Node } from './contract.ts';

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
  readonly bad: ReadonlySet<string>;
  readonly now: () => Ms;
  /** Keys, its own certificate and those of its clients, all of which it accepts. */
  readonly pkiFolder: string;
  /** 0: any free one. */
  readonly port: number;
}

const MOST_SESSIONS = 200;

/** Serves variables on 127.0.0.1: Sign and SignAndEncrypt only, anonymous user; nothing can be written. */
export async function servePlc({ nodes, bad, now, pkiFolder, port }: PlcOptions): Promise<Plc> {
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
  addNodes(server, nodes, bad, requestTime(server, now));
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

function addNodes(
  server: OPCUAServer,
  nodes: ReadonlyMap<string, Node>,
  bad: ReadonlySet<string>,
  instant: () => Ms,
): void {
  const space = server.engine.addressSpace!;
  const namespace = space.registerNamespace(NAMESPACE);
  const plant = namespace.addFolder(space.rootFolder.objects, { browseName: 'Plant', nodeId: 's=Plant' });
  for (const [name, { type, value }] of nodes) {
    const dataType = DataType[type];
    namespace.addVariable({
      componentOf: plant,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
      accessLevel: 'CurrentRead',
      userAccessLevel: 'CurrentRead',
      minimumSamplingInterval: 100,
      value: {
        timestamped_get: () => {
          const at = instant();
          const sourceTimestamp = new Date(at);
          if (bad.has(name)) return new DataValue({ statusCode: StatusCodes.BadDeviceFailure, sourceTimestamp });
          return new DataValue({ value: new Variant({ dataType, value: value(at) }), sourceTimestamp });
        },
      },
    });
  }
}
