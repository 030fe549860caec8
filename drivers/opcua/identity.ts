import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { UserIdentityInfo } from 'node-opcua-client';
import { type Clock, Misconfigured } from '../driver.ts';
import type { Library } from './library.ts';
import type { Options } from './options.ts';
import { readCertificate } from './trust.ts';

/** Who the session is for: a user of a password or of a certificate, or anybody. */
export async function identityOf({ UserTokenType }: Library, options: Options): Promise<UserIdentityInfo> {
  const { user, userCertificate, userKey } = options;
  if (user !== undefined) {
    return { type: UserTokenType.UserName, userName: user, password: await passwordOf(options) };
  }
  if (userCertificate !== undefined && userKey !== undefined) {
    const { raw } = await readCertificate(userCertificate);
    return { type: UserTokenType.Certificate, certificateData: raw, privateKey: await secret(userKey) };
  }
  return { type: UserTokenType.Anonymous };
}

async function passwordOf({ passwordFile, passwordEnv }: Options): Promise<string> {
  if (passwordFile !== undefined) return (await secret(passwordFile)).replace(/\r?\n$/, '');
  const value = process.env[passwordEnv!];
  if (value === undefined) throw new Misconfigured(`passwordEnv: the environment has no ${passwordEnv}`);
  return value;
}

async function secret(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Misconfigured(`${file} cannot be read`, { cause });
  }
}

/** Real milliseconds for which a password that was refused is not sent again: servers lock users out after a few. */
const HELD_BACK = 3_600_000;

/** Remembers between attempts what was refused, so that trying again never locks a user out. */
export class Refusals {
  #refused: { readonly digest: string; readonly at: number; readonly message: string } | undefined;

  /** Throws Misconfigured while this user was refused less than an hour ago with the same password. */
  check(identity: UserIdentityInfo, clock: Clock): void {
    const refused = this.#refused;
    if (!refused || refused.digest !== digestOf(identity)) return;
    if (clock.monotonic() - refused.at < HELD_BACK) throw new Misconfigured(refused.message);
  }

  /** What to throw now and, of a password, for the next hour. */
  keep(identity: UserIdentityInfo, clock: Clock, status: string): Misconfigured {
    if (!('password' in identity)) return new Misconfigured(`the server refuses the user: ${status}`);
    const message =
      `the server refuses the user or the password: ${status}. So that it does not lock the user out, the same ` +
      'password is tried again in an hour or after a new start of the agent; another one in the file, at once';
    this.#refused = { digest: digestOf(identity), at: clock.monotonic(), message };
    return new Misconfigured(message);
  }
}

const digestOf = (identity: UserIdentityInfo): string =>
  createHash('sha256').update(JSON.stringify(identity)).digest('hex');
