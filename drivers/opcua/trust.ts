import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Misconfigured } from '../driver.ts';
import type { Library, TrustList } from './library.ts';

/**
 * Our key and certificate (made at the first start) and the list of servers trusted, in `folder`. Nothing is ever
 * trusted by itself: only `serverCertificate`, a PEM or DER file, is put on the list.
 */
export async function openTrust(
  { OPCUACertificateManager }: Library,
  folder: string,
  serverCertificate: string | undefined,
): Promise<TrustList> {
  const trust = new OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await trust.initialize();
  if (serverCertificate) await trust.trustCertificate((await readCertificate(serverCertificate)).raw);
  return trust;
}

/** Ends the trust list: the library also counts clients that never connected, and would keep it for ever. */
export async function closeTrust(trust: TrustList): Promise<void> {
  trust.referenceCounter = 0;
  await trust.dispose();
}

/** Rejects with Misconfigured, with the thumbprint and what to do, unless the certificate of `host` is trusted. */
export async function checkServer(trust: TrustList, der: Buffer, host: string): Promise<void> {
  const certificate = new X509Certificate(der);
  const status = await trust.checkCertificate(der);
  const shown = `thumbprint ${thumbprint(certificate)}, ${oneLine(certificate.subject)}, valid until ${certificate.validTo}`;
  if (!status.isGood()) {
    throw new Misconfigured(
      `the server's certificate is refused (${status.name}): ${shown}. If this is the server's own thumbprint, ` +
        `name its certificate as serverCertificate or move it from ${trust.rejectedFolder} to ${trust.trustedFolder}`,
    );
  }
  // On the list itself, a certificate is trusted for what it is; one trusted by its issuer must also name the host.
  const listed = (await trust.isCertificateTrusted(der)) === 'Good';
  const named = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  if (!listed && !named) throw new Misconfigured(`the server's certificate is not for ${host}: ${shown}`);
}

/** The SHA-1 of a certificate in DER, as OPC UA tools show it. */
export const thumbprint = (certificate: X509Certificate): string => certificate.fingerprint.replaceAll(':', '');

/** Reads a PEM or DER file, or rejects with Misconfigured. */
export async function readCertificate(file: string): Promise<X509Certificate> {
  try {
    return new X509Certificate(await readFile(file));
  } catch (cause) {
    throw new Misconfigured(`${file} is no certificate that can be read`, { cause });
  }
}

const oneLine = (subject: string): string => subject.replaceAll('\n', ', ');
