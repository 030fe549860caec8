import type { Ms } from '../../rules/sample.ts';
import {
  BeingChangedError,
  changeTokens,
  digestOf,
  MOST_TOKENS,
  newToken,
  readTokens,
  type Token,
  tokenFileIn,
} from '../access/tokenFile.ts';
import { leaveNote } from '../auditInbox.ts';
import { wallNow } from '../clock.ts';
import type { OptionsOf } from './options.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

type Options = OptionsOf<'token'>;

/** `pertonne token`: who may come in over HTTP and WebSocket. A running agent takes it up within a second. */
export async function token(options: Options): Promise<number> {
  const { action, name, scope, expires, lines, data } = options;
  if (action !== 'add' && (scope ?? expires ?? lines) !== undefined)
    throw new UsageError('--scope, --lines and --expires belong to token add');
  if (scope === 'admin' && lines !== undefined)
    throw new UsageError('--lines: who looks after the agent sees all lines');
  if ((action === 'list') !== (name === undefined))
    throw new UsageError(action === 'list' ? 'token list takes no name' : `token ${action} NAME`);
  const file = tokenFileIn(data);
  if (action === 'list') await list(file);
  else if (action === 'remove') await remove(file, name!);
  else if (scope === undefined) throw new UsageError('token add needs --scope read, enter or admin');
  else await add(file, { name: name!, scope, lines, expires });
  if (action !== 'list') await leaveNote(data, wallNow(), NOTES[action], { token: name, ...(scope && { scope }) });
  return EXIT.done;
}

const NOTES = { add: 'token-added', remove: 'token-removed' } as const;

/** The token goes to standard output, alone, so that it can be led into a file; it is shown this once. */
async function add(
  file: string,
  wanted: Pick<Token, 'name' | 'scope' | 'lines'> & { expires: Ms | undefined },
): Promise<void> {
  const { name, scope, lines } = wanted;
  const secret = newToken();
  const now = wallNow();
  const instant = (at: Ms): string => new Date(at).toISOString();
  const expires = wanted.expires === undefined ? null : instant(now + wanted.expires);
  await changed(file, (tokens) => {
    if (tokens.some((one) => one.name === name)) throw new UsageError(`there is a token "${name}"; remove it first`);
    if (tokens.length >= MOST_TOKENS) throw new UsageError(`there are ${MOST_TOKENS} tokens, the most there may be`);
    const sha256 = digestOf(secret).toString('hex');
    return [...tokens, { name, scope, ...(lines && { lines }), sha256, created: instant(now), expires }];
  });
  process.stderr.write(
    `Token "${name}", scope ${scope}${ofLines(lines)}, ${untilWhen(expires)}. It is not shown again:\n`,
  );
  process.stdout.write(`${secret}\n`);
}

async function remove(file: string, name: string): Promise<void> {
  let left = 0;
  await changed(file, (tokens) => {
    const others = tokens.filter((one) => one.name !== name);
    if (others.length === tokens.length) throw new UsageError(`there is no token "${name}"`);
    left = others.length;
    return others;
  });
  const none = `; none is left, so that nobody is let in. Without ${file} a new start of the agent does without tokens`;
  process.stdout.write(`removed: ${name}${left === 0 ? none : ''}\n`);
}

async function list(file: string): Promise<void> {
  const tokens = await readTokens(file).catch(refused(file));
  if (tokens === null) process.stdout.write(`no tokens: there is no ${file}\n`);
  for (const { name, scope, lines, created, expires } of tokens ?? [])
    process.stdout.write(`${name}\t${scope}${ofLines(lines)}\tmade ${created}\t${untilWhen(expires)}\n`);
}

const ofLines = (lines: readonly string[] | undefined): string => (lines ? ` (${lines.join(', ')})` : '');

const untilWhen = (expires: string | null): string =>
  expires === null ? 'never expires' : `${Date.parse(expires) <= wallNow() ? 'EXPIRED' : 'expires'} ${expires}`;

const changed = (file: string, change: (tokens: readonly Token[]) => readonly Token[]): Promise<void> =>
  changeTokens(file, change).catch(refused(file));

const refused =
  (file: string) =>
  (cause: unknown): never => {
    if (cause instanceof UsageError) throw cause;
    if (cause instanceof BeingChangedError) throw new Refused(cause.message, { cause });
    throw new Refused(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  };
