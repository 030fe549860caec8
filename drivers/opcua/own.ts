import { link, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Ms } from '../../rules/sample.ts';
import { type Clock, Misconfigured } from '../driver.ts';
import type { TrustList } from './library.ts';
import { applicationUriOf, codeOf, type Kept, readCertificate, thumbprint } from './trust.ts';

const DAY: Ms = 86_400_000;
/** Days for which a certificate of ours is made. */
const VALIDITY = 5 * 365;
/** The successor is made so long before ours expires: people need time to have servers trust it. */
const AHEAD = 30 * DAY;
/** It takes over so long before. */
const MARGIN = DAY;

/** Our certificate, and while it nears its end the one that will take its place. */
export interface Own extends Kept {
  readonly applicationUri: string;
  readonly successor?: Kept;
}

/**
 * Our certificate, made at the first start. Thirty days before it expires its successor is made, on the same key, and
 * takes over on the last day: where both are trusted by then, nobody notices.
 */
export async function ownCertificate(trust: TrustList, clock: Clock): Promise<Own> {
  const now = clock.wall();
  const left = ({ certificate }: Kept): Ms => certificate.validToDate.getTime() - now;
  let own = await obtain(trust, 'client_certificate.pem', `urn:${hostname()}:Pertonne`, now);
  while (left(own) <= AHEAD) {
    const applicationUri = uriOf(own);
    const successor = await obtain(trust, successorName(own), applicationUri, now);
    if (left(own) > MARGIN) return { ...own, applicationUri, successor };
    own = successor;
  }
  return { ...own, applicationUri: uriOf(own) };
}

/** Told by the certificate before it, so that endpoints which look at the same time find the same. */
const successorName = ({ certificate }: Kept): string =>
  `client_certificate.after-${thumbprint(certificate).slice(0, 8)}.pem`;

async function obtain(trust: TrustList, name: string, applicationUri: string, now: Ms): Promise<Kept> {
  const file = join(trust.ownCertFolder, name);
  const there = await readCertificate(file).catch((failure: Error) => {
    if (codeOf(failure.cause) !== 'ENOENT') throw failure;
  });
  if (!there) await make(trust, file, applicationUri, now);
  return { file, certificate: there ?? (await readCertificate(file)) };
}

/** Several endpoints start at once: the first certificate that is there is the one, for all. */
async function make(trust: TrustList, file: string, applicationUri: string, now: Ms): Promise<void> {
  const draft = `${file}.${crypto.randomUUID()}`;
  const host = hostname();
  await trust.createSelfSignedCertificate({
    applicationUri,
    dns: [host],
    outputFile: draft,
    subject: `/CN=Pertonne@${host}/O=Pertonne`,
    startDate: new Date(now),
    validity: VALIDITY,
  });
  await link(draft, file).catch((cause: unknown) => {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  });
  await rm(draft);
}

/** What a server compares with the session's application URI: the machine may have got another name since. */
function uriOf({ certificate: { subjectAltName }, file }: Kept): string {
  const uri = applicationUriOf(subjectAltName);
  if (uri === null) throw new Misconfigured(`${file} names no application URI`);
  return uri;
}
