import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { Clock } from '../../drivers/driver.ts';
import type { Ms } from '../../rules/sample.ts';

/** The certificate under which the agent serves TLS, and its key; followed in their files. */

/** Chain and key as PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clock: Pick<Clock, 'wall' | 'delay'>;
  readonly log: Logger;
  /** Told when what is shown expires, epoch milliseconds. */
  readonly expires: (at: Ms) => void;
}

/** Certificate and key cannot be used; `message` says why. */
export class CertificateFault extends Error {
  override name = 'CertificateFault';
}

/** Real milliseconds between two looks at the files. */
const LOOK_EVERY = 2_000;
const DAY: Ms = 86_400_000;
/** A certificate that expires within this is warned of, once a day. */
const SOON = 30 * DAY;

export class ServerCertificate {
  readonly #options: CertificateOptions;
  #pair: Pair;
  #validTo: Ms;
  /** What the files were when they were last read. */
  #seen: string;
  /** Why the files as they are now cannot be used, and whether it was told: a renewal puts one file after the other. */
  #fault: { readonly reason: string; told: boolean } | null = null;
  #warned: Ms = -Infinity;

  private constructor(options: CertificateOptions, seen: string, pair: Pair) {
    this.#options = options;
    this.#seen = seen;
    this.#pair = pair;
    this.#validTo = validToOf(pair);
    this.#took();
  }

  /** Rejects with CertificateFault. */
  static async open(options: CertificateOptions): Promise<ServerCertificate> {
    const seen = await stampOf(options);
    return new ServerCertificate(options, seen, await pairOf(options));
  }

  get pair(): Pair {
    return this.#pair;
  }

  /** What is amiss, in words. */
  reasons(): string[] {
    const { certFile, clock } = this.#options;
    const left = this.#validTo - clock.wall();
    const until = `${new Date(this.#validTo).toISOString()}`;
    return [
      ...(left <= 0 ? [`${certFile} has expired (${until}): nobody trusts it`] : []),
      ...(left > 0 && left <= SOON ? [`${certFile} expires ${until}: have it renewed`] : []),
      ...(this.#fault?.told ? [`the new certificate cannot be used, the old one is shown: ${this.#fault.reason}`] : []),
    ];
  }

  /** Follows the files until aborted; `renewed` takes each new pair. */
  async follow(renewed: (pair: Pair) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.delay(LOOK_EVERY, signal).catch(() => {});
      if (!signal.aborted) await this.look(renewed);
    }
  }

  /** Takes up the files if they have changed. Never rejects: with faulty ones the old pair goes on. */
  async look(renewed: (pair: Pair) => void): Promise<void> {
    this.#warn();
    const seen = await stampOf(this.#options);
    if (seen === this.#seen && this.#fault === null) return;
    this.#seen = seen;
    try {
      const pair = await pairOf(this.#options);
      this.#fault = null;
      if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return;
      renewed(pair);
      this.#pair = pair;
      this.#validTo = validToOf(pair);
      this.#took();
    } catch (cause) {
      this.#failed(cause instanceof Error ? cause.message : String(cause));
    }
  }

  #took(): void {
    const { log, certFile, expires } = this.#options;
    expires(this.#validTo);
    const { fingerprint256, subject } = new X509Certificate(this.#pair.cert);
    const validTo = new Date(this.#validTo).toISOString();
    log.info({
      event: 'tls-certificate',
      file: certFile,
      subject,
      sha256: fingerprint256.replaceAll(':', ''),
      validTo,
    });
    this.#warned = -Infinity;
    this.#warn();
  }

  #failed(reason: string): void {
    const isKnown = this.#fault?.reason === reason;
    const told = isKnown && this.#fault!.told;
    // At the second look it is no renewal under way any more.
    if (isKnown && !told) this.#options.log.error({ event: 'tls-certificate-faulty', reason, todo: FAULTY });
    this.#fault = { reason, told: isKnown };
  }

  #warn(): void {
    const { clock, log, certFile } = this.#options;
    const now = clock.wall();
    if (this.#validTo - now > SOON || now - this.#warned < DAY) return;
    this.#warned = now;
    const validTo = new Date(this.#validTo).toISOString();
    log.warn({ event: 'tls-certificate-expires', file: certFile, validTo, todo: 'have it renewed' });
  }
}

const FAULTY = 'put certificate (with its chain) and key in their files as PEM; the old ones are used until then';

/** Rejects with CertificateFault. */
async function pairOf({ certFile, keyFile }: CertificateOptions): Promise<Pair> {
  const pair = { cert: await contentOf(certFile), key: await contentOf(keyFile) };
  try {
    if (validToOf(pair) === 0) throw new Error('it has no end of validity');
  } catch (cause) {
    throw new CertificateFault(`${certFile} is no certificate (PEM)`, { cause });
  }
  try {
    if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) throw new Error('another key');
    createSecureContext(pair);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new CertificateFault(`${keyFile} is not the key (PEM) of ${certFile}${code}`, { cause });
  }
  return pair;
}

const contentOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CertificateFault(`${file} cannot be read (${cause.code})`, { cause });
  });

const validToOf = ({ cert }: Pair): Ms => new X509Certificate(cert).validToDate.getTime();

async function stampOf({ certFile, keyFile }: CertificateOptions): Promise<string> {
  const stamps = [certFile, keyFile].map((file) =>
    stat(file, { bigint: true }).then(
      ({ ino, mtimeNs, size }) => [ino, mtimeNs, size].join(),
      () => 'none',
    ),
  );
  return (await Promise.all(stamps)).join(' ');
}
