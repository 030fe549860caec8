import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';

/** All that agents log in a run of tests goes into one folder; `judge.ts` looks through it when the run has ended. */

const folder = process.env.PERTONNE_LOGS;

/** The only logger of tests: `hear` is given each line, which is looked through when the run has ended. */
export function recordedLog(hear?: (line: string) => unknown): Logger {
  if (folder === undefined && !hear) return pino({ level: 'silent' });
  return pino(
    { level: 'trace' },
    {
      write(line: string) {
        record(line);
        hear?.(line);
      },
    },
  );
}

/** What a command said; a token that `token add` hands over stands alone on its line, and is meant to. */
export function recordOutput(text: string): void {
  const lines = text.split('\n').filter((line) => !/^pertonne_[\w-]{43}\r?$/.test(line));
  record(`${lines.join('\n')}\n`);
}

function record(text: string): void {
  if (folder !== undefined) appendFileSync(join(folder, `${process.pid}.log`), text);
}

/** Stands in every token and password that a test makes up, so that it is found wherever it is told. */
export const PASSWORD = 'planted-secret';

/** Tokens, cookies, keys, and what tests make up. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  'a token': /pertonne_[\w-]{43}/,
  'an authorization': /\b(?:Bearer|Basic) [\w+/=.~-]{8,}/,
  'a cookie': /pertonne-\d+=[\w-]{43}/,
  'a private key': /PRIVATE KEY-----/,
  'a password of a test': new RegExp(PASSWORD),
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
