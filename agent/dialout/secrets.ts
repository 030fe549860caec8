import { readFile } from 'node:fs/promises';
import type { Platform } from '../../config/platforms.ts';
import type { DialOptions } from '../stream/dial.ts';

/** A file or a variable that the plant's file names cannot be read; `message` says which and why. */
export class SecretMissing extends Error {
  override name = 'SecretMissing';
}

/** What a platform's files hold now: they are read at each connect, so that they can be changed without a restart. */
export async function credentialsOf(platform: Platform): Promise<Pick<DialOptions, 'token' | 'ca' | 'proxy'>> {
  const { tokenFile, tokenEnv, caFile, proxy, proxyUser, proxyPasswordFile, proxyPasswordEnv } = platform;
  const secret = async (key: keyof Platform, file: string): Promise<string> => (await contentOf(key, file)).trim();
  return {
    ...(tokenFile !== undefined && { token: sendable('tokenFile', await secret('tokenFile', tokenFile)) }),
    ...(tokenEnv !== undefined && { token: sendable('tokenEnv', variable('tokenEnv', tokenEnv)) }),
    ...(caFile !== undefined && { ca: await contentOf('caFile', caFile) }),
    ...(proxy !== undefined && {
      proxy: withUser(
        proxy,
        proxyUser,
        proxyPasswordEnv === undefined
          ? proxyPasswordFile && (await secret('proxyPasswordFile', proxyPasswordFile))
          : variable('proxyPasswordEnv', proxyPasswordEnv),
      ),
    }),
  };
}

async function contentOf(key: keyof Platform, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : String(cause);
    throw new SecretMissing(`${key}: ${file} cannot be read (${code})`, { cause });
  }
}

function variable(key: keyof Platform, name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new SecretMissing(`${key}: the environment has no ${name}`);
  return value.trim();
}

/** What a header may not hold would fail far from here, and be shown in the message. */
function sendable(key: keyof Platform, token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new SecretMissing(`${key}: holds no token (one word of plain letters)`);
  return token;
}

function withUser(proxy: string, user: string | undefined, password: string | undefined): string {
  if (user === undefined || password === undefined) return proxy;
  const url = new URL(proxy);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  return url.href;
}
