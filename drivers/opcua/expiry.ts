import type { X509Certificate } from 'node:crypto';
import type { CertificateNotice, Host } from '../driver.ts';
import type { Line } from '../session.ts';
import type { TrustList } from './library.ts';
import { ownCertificate } from './own.ts';
import { type Kept, readCertificate, thumbprint } from './trust.ts';

/** Real milliseconds between two looks: a session may last longer than a certificate. */
const EVERY = 86_400_000;

/** Whose certificates a connection rests on. */
export interface Parties {
  readonly host: Pick<Host, 'clock' | 'notice'>;
  readonly trust: TrustList;
  readonly line: Line;
  readonly server: X509Certificate;
  /** Its file. */
  readonly user: string | undefined;
}

/** Tells of the certificates now and every day, and sees to a successor of ours, until disposed of. */
export function watchCertificates(parties: Parties): AsyncDisposable {
  const { host, line } = parties;
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const notice of await noticesOf(parties)) host.notice(notice);
      await host.clock.delay(EVERY, stop.signal).catch(() => {});
    }
  };
  const watching = watch().catch((cause: unknown) => line.lose(String(cause)));
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}

async function noticesOf({ host, trust, server, user }: Parties): Promise<CertificateNotice[]> {
  const { successor, ...ours } = await ownCertificate(trust, host.clock);
  const notices = [told('server', server), kept('ours', ours)];
  if (successor) notices.push(kept('successor', successor));
  if (user !== undefined) notices.push(kept('user', { file: user, certificate: await readCertificate(user) }));
  return notices;
}

const told = (whose: CertificateNotice['whose'], certificate: X509Certificate): CertificateNotice => ({
  event: 'certificate',
  whose,
  thumbprint: thumbprint(certificate),
  validTo: certificate.validToDate.getTime(),
});

const kept = (whose: CertificateNotice['whose'], { file, certificate }: Kept): CertificateNotice => ({
  ...told(whose, certificate),
  file,
});
