import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';

/** All that agents log in a run of tests goes into one folder; `judge.ts` looks through it when the run has ended. */

const folder = process.env.PERTONNE_LOGS;

/** Says nothing here, and is looked through afterwards. */
export const recordedLog = (): Logger =>
  folder === undefined
    ? pino({ level: 'silent' })
    : pino({ level: 'trace' }, { write: (line: string) => appendFileSync(join(folder, `${process.pid}.log`), line) });

/** What a command said; a token that `token add` hands over stands alone on its line, and is meant to. */
export function recordOutput(line: string): void {
  if (folder === undefined || /^pertonne_[\w-]{43}$/.test(line)) return;
  appendFileSync(join(folder, `${process.pid}.log`), `${line}\n`);
}

/** Tokens, cookies, keys, and the passwords that tests use. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  'a token': /pertonne_[\w-]{43}/,
  'an authorization': /\b(?:Bearer|Basic) [\w+/=.~-]{8,}/,
  'a cookie': /pertonne-\d+=[\w-]{43}/,
  'a private key': /PRIVATE KEY-----/,
  'a password of a test': /s@cret:1|(?:right|wrong)-token/,
};

/** Which sorts of secrets stand in a text. */
export const secretsIn = (text: string): string[] =>
  Object.entries(SECRETS).flatMap(([what, pattern]) => (pattern.test(text) ? [what] : []));

/** Every line in which one stands, with what it is; and how many were looked through. */
export function leaksIn(logs: string): { readonly lines: number; readonly leaks: readonly string[] } {
  const lines = readdirSync(logs).flatMap((file) => readFileSync(join(logs, file), 'utf8').split('\n'));
  const leaks = lines.flatMap((line) => secretsIn(line).map((what) => `${what}: ${line.slice(0, 300)}`));
  return { lines: lines.length, leaks };
}
