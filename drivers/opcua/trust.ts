import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Misconfigured } from '../driver.ts';
import type { Library, TrustList } from './library.ts';
import { printable } from './printable.ts';

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

/** What is known of a server before it is trusted. */
export interface Shown {
  readonly url: string;
  /** DER; further certificates may follow the server's own. */
  readonly certificate: Buffer;
  readonly applicationUri: string | null;
}

/** The server's certificate; rejects with Misconfigured, with the thumbprint and what to do, unless it is trusted. */
export async function checkServer(trust: TrustList, shown: Shown): Promise<X509Certificate> {
  const certificate = new X509Certificate(shown.certificate);
  const status = await trust.checkCertificate(shown.certificate);
  // On the list itself, a certificate is trusted for what it is; one trusted by its issuer must also name the server.
  const listed = (await trust.isCertificateTrusted(certificate.raw)) === 'Good';
  if (status.isGood() && listed) return certificate;
  const wrong = status.isGood() ? misnamed(certificate, shown) : await reasonOf(status.name, certificate, trust);
  if (!wrong) return certificate;
  if (!listed) await trust.rejectCertificate(certificate.raw);
  throw new Misconfigured(`${wrong}: ${describe(certificate)}. ${remedy(status.name, shown.url)}`);
}

const remedy = (status: string, url: string): string =>
  status === 'BadCertificateTimeInvalid'
    ? 'The server needs a new one'
    : `If this is the server's own thumbprint, accept it with "pertonne trust ${url}" or name its file as serverCertificate`;

async function reasonOf(status: string, { subjectAltName }: X509Certificate, trust: TrustList): Promise<string> {
  if (status === 'BadCertificateTimeInvalid') return "the server's certificate is expired or not yet valid";
  const uri = applicationUriOf(subjectAltName);
  const known = status === 'BadCertificateUntrusted' && uri !== null ? await certificatesIn(trust.trustedFolder) : [];
  const before = known.find(({ certificate }) => applicationUriOf(certificate.subjectAltName) === uri);
  return before
    ? `the server shows another certificate than the one trusted (thumbprint ${thumbprint(before.certificate)})`
    : `the server's certificate is refused (${status})`;
}

function misnamed(certificate: X509Certificate, { url, applicationUri }: Shown): string | null {
  const { hostname } = new URL(url);
  const named = isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname);
  if (!named) return `the server's certificate is not for ${hostname}`;
  const uri = applicationUriOf(certificate.subjectAltName);
  return uri === applicationUri ? null : `the server's certificate is for ${uri}, not for ${applicationUri}`;
}

/** The SHA-1 of a certificate in DER, as OPC UA tools show it. */
export const thumbprint = ({ fingerprint }: X509Certificate): string => fingerprint.replaceAll(':', '');

/** In one line, for people to compare. */
export const describe = (certificate: X509Certificate): string =>
  `thumbprint ${thumbprint(certificate)}, ${subjectOf(certificate)}, valid until ${certificate.validToDate.toISOString()}`;

/** In one line; it is the other side that chose the characters. */
export const subjectOf = ({ subject }: X509Certificate): string => printable(subject.replaceAll('\n', ', '));

/** Of a certificate's subjectAltName. */
export const applicationUriOf = (subjectAltName: string | undefined): string | null =>
  /(?:^|, )URI:([^,]+)/.exec(subjectAltName ?? '')?.[1] ?? null;

/** Reads a PEM or DER file, or rejects with Misconfigured. */
export async function readCertificate(file: string): Promise<X509Certificate> {
  try {
    return new X509Certificate(await readFile(file));
  } catch (cause) {
    throw new Misconfigured(`${file} is no certificate that can be read`, { cause });
  }
}

/** Where certificates are, below the folder of a trust list. */
export const foldersOf = (pki: string) => ({
  ours: join(pki, 'own/certs'),
  trusted: join(pki, 'trusted/certs'),
  rejected: join(pki, 'rejected'),
});

export interface Kept {
  readonly file: string;
  readonly certificate: X509Certificate;
}

/** The certificates in a folder of the trust list, by name of file; other files are passed over. */
export async function certificatesIn(folder: string): Promise<Kept[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  const files = names.toSorted().map((name) => join(folder, name));
  const read = await Promise.all(
    files.map(async (file) => ({ file, certificate: await readCertificate(file).catch(() => null) })),
  );
  return read.filter((one): one is Kept => one.certificate !== null);
}

export const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
