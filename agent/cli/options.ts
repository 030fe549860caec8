import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ALL_KINDS } from '../../rules/interval.ts';
import { accessCommands } from './accessOptions.ts';
import { authoringCommands } from './authoringOptions.ts';
import { careCommands } from './careOptions.ts';
import { opcuaCommands } from './opcuaOptions.ts';
import { UsageError } from './usage.ts';

const WholeNumber = z.string().regex(/^\d+$/, 'a whole number').transform(Number);
const Port = WholeNumber.refine((port) => port <= 65_535, 'a port is 0 to 65535');
const Speed = z.union([
  z.literal('max').transform(() => null),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number above 0, or max')
    .transform(Number)
    .refine((speed) => speed > 0, 'a number above 0, or max'),
]);

const common = {
  port: Port.optional(),
  data: z.string().min(1).optional(),
  record: z.string().min(1).optional(),
};
const plant = {
  data: z.string().min(1).optional(),
  seed: WholeNumber.default(1),
  /** null: in lock-step with the polls. */
  speed: Speed.optional(),
  fault: z.array(z.string()).default([]),
  replay: z.string().min(1).optional(),
};

/** What each command takes. A boolean schema is a flag; an array may be given more than once. */
export const COMMANDS = {
  run: z.strictObject({ ...common, config: z.string().min(1, 'run needs -c plant.yaml') }),
  demo: z.strictObject({ ...plant, ...common, once: z.boolean().default(false) }),
  start: z.strictObject({
    port: Port.optional(),
    config: z.string().min(1).default('/etc/pertonne/plant.yaml'),
    data: z.string().min(1).default('data'),
  }),
  plant: z.strictObject({
    ...plant,
    config: z.string().min(1).optional(),
    delay: z
      .string()
      .regex(/^\d+(\.\d+)?$/, 'seconds')
      .transform(Number)
      .default(0),
  }),
  probe: z
    .strictObject({
      file: z.string(),
      profile: z.string('probe needs --profile, a name of config/profiles'),
      json: z.boolean().default(false),
      yaml: z.boolean().default(false),
    })
    .refine(({ json, yaml }) => !(json && yaml), { path: ['json'], message: 'not together with --yaml' }),
  tail: z.strictObject({
    file: z.string(),
    from: z
      .string()
      .regex(/^(earliest|now|\d+)$/, 'earliest, now or a seq')
      .default('now'),
    metric: z.string().optional(),
    window: z.enum(ALL_KINDS).optional(),
    'token-file': z.string().min(1).optional(),
    'no-follow': z.boolean().default(false),
  }),
  receive: z.strictObject({
    out: z
      .string('receive needs --out, a file that ends in .db or .jsonl')
      .regex(/\.(db|jsonl)$/, 'a file that ends in .db (SQLite) or .jsonl (JSON lines)'),
    port: Port.default(8090),
    host: z.string().min(1).default('127.0.0.1'),
    'token-file': z.string().min(1).optional(),
    'tls-cert': z.string().min(1).optional(),
    'tls-key': z.string().min(1).optional(),
  }),
  explain: z.strictObject({
    metric: z.string(),
    window: z.string(),
    url: z.string().default('http://localhost:8080'),
    'token-file': z.string().min(1).optional(),
    lang: z.enum(['en', 'zh']).default('en'),
    json: z.boolean().default(false),
  }),
  replay: z.strictObject({
    file: z.string(),
    config: z.string().min(1, 'replay needs -c plant.yaml'),
    diff: z.string().min(1).optional(),
    table: z.boolean().default(false),
    metric: z.string().optional(),
    window: z.enum(ALL_KINDS).optional(),
  }),
  test: z.strictObject({ file: z.string() }),
  backup: z.strictObject({ file: z.string(), data: z.string().min(1).default('data') }),
  restore: z.strictObject({ file: z.string(), data: z.string().min(1).default('data') }),
  ...accessCommands,
  ...authoringCommands,
  ...careCommands,
  ...opcuaCommands,
};
export type CommandName = keyof typeof COMMANDS;
export type OptionsOf<Name extends CommandName> = z.infer<(typeof COMMANDS)[Name]>;

const FLAGS = new Set(['once', 'no-follow', 'table', 'json', 'yaml', 'online', 'force']);
const LISTS = new Set(['fault', 'meter']);
const SHORT: Readonly<Record<string, string>> = { config: 'c', out: 'o' };
/** What stands without a name, in its order: which option it is, and how it is written. */
const POSITIONAL: Readonly<Partial<Record<CommandName, Readonly<Record<string, string>>>>> = {
  check: { file: 'plant.yaml' },
  diff: { old: 'OLD', new: 'NEW' },
  probe: { file: 'modbus://HOST:PORT/UNIT' },
  tail: { file: 'ws://HOST:PORT' },
  explain: { metric: 'METRIC', window: 'KIND@TIME' },
  replay: { file: 'FILE' },
  test: { file: 'DIR' },
  backup: { file: 'FILE' },
  restore: { file: 'FILE' },
  trust: { file: 'opc.tcp://HOST:PORT' },
  token: { action: 'add|list|remove', name: 'NAME' },
  audit: { action: 'verify|list' },
  browse: { file: 'opc.tcp://HOST:PORT' },
};
/** Commands that do something with fewer of them too: with how many. */
const FEWEST: Readonly<Partial<Record<CommandName, number>>> = { trust: 0, token: 1 };

/** Reads a command's arguments; throws UsageError naming every wrong one. */
export function readOptions<Name extends CommandName>(name: Name, args: readonly string[]): OptionsOf<Name> {
  const schema = COMMANDS[name];
  const wanted = POSITIONAL[name] ?? {};
  const unnamed = Object.keys(wanted);
  const { values, positionals } = parsed(
    args,
    Object.keys(schema.shape).filter((option) => !unnamed.includes(option)),
  );
  const fewest = FEWEST[name] ?? unnamed.length;
  if (positionals.length < fewest || positionals.length > unnamed.length) {
    const all = Object.values(wanted).join(' and one ');
    throw new UsageError(all ? `${name} takes one ${all}` : `${name} takes no "${positionals[0]}"`);
  }
  const given = Object.fromEntries(positionals.map((positional, index) => [unnamed[index]!, positional]));
  const result = schema.safeParse({ ...values, ...given });
  if (result.success) return result.data as OptionsOf<Name>;
  throw new UsageError(result.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));
}

function parsed(args: readonly string[], names: readonly string[]): { values: object; positionals: string[] } {
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      {
        type: FLAGS.has(name) ? ('boolean' as const) : ('string' as const),
        multiple: LISTS.has(name),
        ...(SHORT[name] && { short: SHORT[name] }),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}
