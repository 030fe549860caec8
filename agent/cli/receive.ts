import { readFile } from 'node:fs/promises';
import { isLoopback } from '../http/guard.ts';
import { jsonLinesSink } from '../receive/jsonLinesSink.ts';
import { type Receiver, type ReceiverOptions, startReceiver } from '../receive/receiver.ts';
import { ForeignSinkError, type Sink } from '../receive/sink.ts';
import { sqliteSink } from '../receive/sqliteSink.ts';
import { bearerCheck } from '../receive/tokens.ts';
import { LockedError } from '../store/errors.ts';
import type { OptionsOf } from './options.ts';
import { openLog } from './session.ts';
import { onSignals } from './signals.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

type Options = OptionsOf<'receive'>;

/** `pertonne receive`: the end of a platform, for agents that dial out. */
export async function receive(options: Options): Promise<number> {
  const signal = onSignals();
  const security = await securityOf(options);
  const log = openLog();
  const sink = await sinkOf(options.out);
  try {
    const receiver = await listening(options, { ...security, sink, log });
    log.info({ event: 'listening', url: receiver.url, out: options.out });
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await receiver.close();
    log.info({ event: 'stopped' });
  } finally {
    await sink.close();
  }
  return EXIT.done;
}

/** From other machines nobody gets in without a token, and no token is sent in clear. */
async function securityOf(options: Options): Promise<Pick<ReceiverOptions, 'allowed' | 'tls'>> {
  const { host, 'token-file': tokens, 'tls-cert': cert, 'tls-key': key } = options;
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--tls-cert and --tls-key belong together');
  if (!isLoopback(host) && (tokens === undefined || cert === undefined))
    throw new UsageError(`--host ${host}: other machines need --token-file, --tls-cert and --tls-key`);
  return {
    ...(tokens !== undefined && { allowed: bearerCheck(await contentOf(tokens)) }),
    ...(cert !== undefined && { tls: { cert: await contentOf(cert), key: await contentOf(key!) } }),
  };
}

async function contentOf(file: string): Promise<string> {
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Refused(`${file} cannot be read`, { cause });
  });
  if (content.trim() === '') throw new Refused(`${file} is empty`);
  return content;
}

async function sinkOf(file: string): Promise<Sink> {
  try {
    return await (file.endsWith('.jsonl') ? jsonLinesSink(file) : sqliteSink(file));
  } catch (cause) {
    if (cause instanceof ForeignSinkError) throw new Refused(cause.message, { cause });
    if (cause instanceof LockedError) throw new Refused(`another process receives into ${file}`, { cause });
    if (cause instanceof Error && 'code' in cause)
      throw new Refused(`${file} cannot be written (${cause.code})`, { cause });
    throw cause;
  }
}

async function listening({ host, port }: Options, options: Omit<ReceiverOptions, 'host' | 'port'>): Promise<Receiver> {
  try {
    return await startReceiver({ ...options, host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
    if (code === 'EADDRINUSE') throw new Refused(`port ${port} is taken; choose another with --port`, { cause });
    if (code !== null) throw new Refused(`${host}:${port}: ${(cause as Error).message}`, { cause });
    throw cause;
  }
}
