import { X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ConnectionLost, Misconfigured } from '../../drivers/driver.ts';
import { offeredBy } from '../../drivers/opcua/connect.ts';
import { library as load } from '../../drivers/opcua/library.ts';
import { options as Options } from '../../drivers/opcua/options.ts';
import { ownCertificate } from '../../drivers/opcua/own.ts';
import { printable } from '../../drivers/opcua/printable.ts';
import {
  applicationUriOf,
  certificatesIn,
  closeTrust,
  foldersOf,
  type Kept,
  openTrust,
  subjectOf,
  thumbprint,
} from '../../drivers/opcua/trust.ts';
import { visit } from '../../drivers/opcua/visit.ts';
import { leaveNote } from '../auditInbox.ts';
import { realClock } from '../clock.ts';
import type { OptionsOf } from './options.ts';
import { onSignals } from './signals.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

/** `pertonne trust`: looks at the certificates of OPC UA servers, and accepts or removes one. Nothing is accepted unseen. */
export async function trust({ file: url, data, accept, remove }: OptionsOf<'trust'>): Promise<number> {
  const pki = join(data, 'pki');
  if (remove !== undefined) {
    if (url !== undefined || accept !== undefined) throw new UsageError('--remove stands alone');
    await removeFrom(pki, remove);
  } else if (url !== undefined) await acceptFrom(url, pki, accept);
  else if (accept !== undefined) await acceptKept(pki, accept);
  else await list(pki);
  return EXIT.done;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function list(pki: string): Promise<void> {
  const entries = Object.entries(foldersOf(pki));
  const all = await Promise.all(
    entries.map(async ([state, folder]) => ({ state, kept: await certificatesIn(folder) })),
  );
  for (const { state, kept } of all) {
    if (kept.length === 0) say(`${state}: none`);
    for (const { file, certificate } of kept) say(`${state}: ${printable(file)}\n${shown(certificate)}`);
  }
}

function shown(certificate: X509Certificate): string {
  const { fingerprint256, validFromDate, validToDate, subjectAltName } = certificate;
  const validity = `${validFromDate.toISOString()} to ${validToDate.toISOString()}${inTime(certificate)}`;
  return [
    `  SHA-1        ${thumbprint(certificate)}`,
    `  SHA-256      ${fingerprint256.replaceAll(':', '')}`,
    `  subject      ${subjectOf(certificate)}`,
    `  application  ${printable(applicationUriOf(subjectAltName) ?? 'none named')}`,
    `  valid        ${validity}`,
  ].join('\n');
}

const SOON = 30 * 86_400_000;

function inTime({ validFromDate, validToDate }: X509Certificate): string {
  const now = realClock().wall();
  if (validFromDate.getTime() > now) return ' (NOT YET VALID)';
  const left = validToDate.getTime() - now;
  return left <= 0 ? ' (EXPIRED)' : left <= SOON ? ` (expires in ${Math.floor(left / 86_400_000)} days)` : '';
}

const isOf =
  (print: string) =>
  ({ certificate }: Pick<Kept, 'certificate'>): boolean =>
    [certificate.fingerprint, certificate.fingerprint256].some((own) => own.replaceAll(':', '') === print);

async function removeFrom(pki: string, print: string): Promise<void> {
  const { trusted, rejected } = foldersOf(pki);
  const found = [...(await certificatesIn(trusted)), ...(await certificatesIn(rejected))].filter(isOf(print));
  if (found.length === 0) throw new UsageError(`no certificate with the thumbprint ${print} is kept in ${pki}`);
  for (const { file, certificate } of found) {
    await rm(file);
    await noted(pki, 'certificate-removed', certificate);
    say(`removed: ${printable(file)}\n${shown(certificate)}`);
  }
}

const noted = (pki: string, action: string, certificate: X509Certificate): Promise<void> =>
  leaveNote(dirname(pki), realClock().wall(), action, {
    ...{ subject: subjectOf(certificate), sha256: certificate.fingerprint256.replaceAll(':', '') },
  });

/** One that an agent has seen and refused. */
async function acceptKept(pki: string, print: string): Promise<void> {
  const [found] = (await certificatesIn(foldersOf(pki).rejected)).filter(isOf(print));
  if (!found) throw new UsageError(`no refused certificate with the thumbprint ${print} is kept in ${pki}`);
  const trustList = await openTrust(await load(), pki, undefined);
  try {
    await trustList.trustCertificate(found.certificate.raw);
    await noted(pki, 'certificate-trusted', found.certificate);
  } finally {
    await closeTrust(trustList);
  }
  say(`trusted:\n${shown(found.certificate)}`);
}

async function acceptFrom(url: string, pki: string, print: string | undefined): Promise<void> {
  const given = Options.safeParse({ url });
  if (given.error) throw new UsageError(given.error.issues.map(({ message }) => message).join('\n'));
  const place = { options: given.data, pkiFolder: pki, clock: realClock(), signal: onSignals() };
  await visit(place, async (means) => {
    const offered = await offeredBy(means, await ownCertificate(means.trust, means.host.clock));
    const certificate = certificateOf(offered);
    say(`${url} shows:\n${shown(certificate)}`);
    if ((await means.trust.isCertificateTrusted(certificate.raw)) === 'Good') return say('It is trusted already.');
    await agreed(certificate, print);
    await means.trust.trustCertificate(certificate.raw);
    await noted(pki, 'certificate-trusted', certificate);
    say('Trusted. A running agent uses it at its next try.');
  }).catch((cause: unknown) => {
    if (!(cause instanceof ConnectionLost) && !(cause instanceof Misconfigured)) throw cause;
    throw new Refused(`${url}: ${cause.message}`, { cause });
  });
}

/** The server's own; others of its chain come after it. */
function certificateOf(offered: readonly { readonly serverCertificate: Buffer | null }[]): X509Certificate {
  const [first] = offered.flatMap(({ serverCertificate }) => (serverCertificate?.length ? [serverCertificate] : []));
  if (!first) throw new Misconfigured('the server has no certificate: it offers nothing but mode None');
  return new X509Certificate(first);
}

async function agreed(certificate: X509Certificate, print: string | undefined): Promise<void> {
  if (print !== undefined) {
    if (isOf(print)({ certificate })) return;
    throw new Refused(`The server does not show the certificate ${print}: nothing was accepted.`);
  }
  if (!process.stdin.isTTY) {
    throw new Refused('Compare the thumbprint with the one that the server itself shows, then add --accept THUMBPRINT');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Is this the thumbprint that the server itself shows? Trust it (yes/no)? ');
  terminal.close();
  if (answer.trim().toLowerCase() !== 'yes') throw new Refused('Nothing was accepted.');
}
