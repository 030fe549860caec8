import type { OPCUACertificateManager } from 'node-opcua-certificate-manager';

/** node-opcua, loaded when the first OPC UA endpoint starts. It writes to the console by itself; that is switched off. */
export async function library() {
  const [client, certificates] = await Promise.all([
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
  ]);
  client.setLogLevel(client.LogLevel.Emergency);
  return { ...client, OPCUACertificateManager: certificates.OPCUACertificateManager };
}
export type Library = Awaited<ReturnType<typeof library>>;
export type TrustList = OPCUACertificateManager;
