import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key as PEM. */
export interface Pem {
  readonly cert: string;
  readonly key: string;
}

/** An authority of a test's own, made at run time. */
export interface Authority {
  /** Its certificate, for those who are to trust it. */
  readonly ca: string;
  /** A server's certificate for these names (addresses count), valid for so many days from now, or up to so many ago. */
  issue(names: readonly string[], days?: number): Promise<Pem>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;
const keyPair = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

export async function authority(): Promise<Authority> {
  const crypto = webcrypto as unknown as Crypto;
  const keys = await keyPair();
  const own = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Authority of a test',
      serialNumber: '01',
      notBefore: new Date(Date.now() - 400 * DAY),
      notAfter: new Date(Date.now() + DAY),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 1, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    crypto,
  );
  let serial = 1;
  return {
    ca: own.toString('pem'),
    async issue(names, days = 1) {
      const { publicKey, privateKey } = await keyPair();
      const certificate = await X509CertificateGenerator.create(
        {
          subject: `CN=${names[0]}`,
          issuer: own.subject,
          serialNumber: `0${++serial}`,
          notBefore: new Date(Date.now() - 300 * DAY),
          notAfter: new Date(Date.now() + days * DAY),
          signingAlgorithm: ALGORITHM,
          publicKey,
          signingKey: keys.privateKey,
          extensions: [
            new SubjectAlternativeNameExtension(
              names.map((value) => ({ type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const), value })),
            ),
          ],
        },
        crypto,
      );
      const key = await webcrypto.subtle.exportKey('pkcs8', privateKey as webcrypto.CryptoKey);
      return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
    },
  };
}
