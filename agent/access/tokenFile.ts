import { createHash, randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Id } from '../../rules/options.ts';
import { SCOPES } from './scope.ts';

/** DATA/tokens.json: who may come in. Of a token only its SHA-256 is kept; 32 random bytes need no slower hash. */

export const MOST_TOKENS = 1_000;

/** Stands in entries, the audit trail and the log. */
export const TokenName = z
  .string()
  .max(64)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._@-]*$/u,
    'a name starts with a letter or digit and has letters, digits, space . _ @ -',
  );

const Token = z.strictObject({
  name: TokenName,
  scope: z.enum(SCOPES),
  lines: z.array(Id).min(1).max(100).optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created: z.iso.datetime(),
  expires: z.iso.datetime().nullable(),
});
export type Token = z.infer<typeof Token>;

const TokenFile = z.strictObject({ version: z.literal(1), tokens: z.array(Token).max(MOST_TOKENS) });

export const tokenFileIn = (dataFolder: string): string => join(dataFolder, 'tokens.json');

/** Somebody else is changing the file, or died over it. */
export class BeingChangedError extends Error {
  override name = 'BeingChangedError';
}

/** A new token. The prefix lets scanners for secrets know it. */
export const newToken = (): string => `pertonne_${randomBytes(32).toString('base64url')}`;

export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Null where there is no such file. Rejects where it cannot be read, or is not as it must be. */
export async function readTokens(file: string): Promise<readonly Token[] | null> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
  return text === null ? null : tokensIn(text);
}

/** Says which part is wrong, and quotes nothing: somebody may have put a token itself there. */
function tokensIn(text: string): readonly Token[] {
  const parsed = TokenFile.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data.tokens;
  const { path } = parsed.error.issues[0]!;
  throw new Error(`it is no token file${path.length > 0 ? `: ${path.join('.')} is not as it must be` : ''}`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Changes the file, whole or not at all; two who change it do not undo each other's work. Rejects with
 * BeingChangedError, with what `change` throws, and as `readTokens` does.
 */
export async function changeTokens(
  file: string,
  change: (tokens: readonly Token[]) => readonly Token[],
): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  const handle = await open(next, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new BeingChangedError(`${next} is there: another command changes the tokens, or was ended over it`, {
      cause,
    });
  });
  try {
    const tokens = change((await readTokens(file)) ?? []);
    await handle.writeFile(`${JSON.stringify(TokenFile.parse({ version: 1, tokens }), null, 2)}\n`);
    await handle.sync();
    // Made by root, it must be readable for the agent, whose folder it is.
    const { uid, gid } = await stat(folder);
    if (process.getuid?.() === 0) await chown(next, uid, gid);
    await rename(next, file);
  } catch (cause) {
    await rm(next, { force: true });
    throw cause;
  } finally {
    await handle.close();
  }
}
