import { readFile } from 'node:fs/promises';
import { Refused } from './usage.ts';

/** The token in a file; undefined where no file is named. Rejects with Refused. */
export async function tokenFrom(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Refused(`${file} cannot be read`, { cause });
  });
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Refused(`${file} does not hold a token, alone on one line`);
  return token;
}
