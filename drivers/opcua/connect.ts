import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSession, EndpointDescription, OPCUAClient, UserIdentityInfo } from 'node-opcua-client';
import { ConnectionLost, Misconfigured } from '../driver.ts';
import type { Line } from '../session.ts';
import type { Library, TrustList } from './library.ts';
import type { Options } from './options.ts';
import { checkServer, readCertificate, thumbprint } from './trust.ts';

/** What a connection is made with; `ends` is handed what takes each step back. */
export interface Means {
  readonly library: Library;
  readonly options: Options;
  readonly trust: TrustList;
  readonly line: Line;
  readonly ends: AsyncDisposableStack;
}

/** Opens a session, or rejects with ConnectionLost or Misconfigured. */
export async function openSession(means: Means): Promise<ClientSession> {
  const { library, options, trust, line } = means;
  const { serverCertificate } = await discover(means);
  if (options.mode !== 'None') await checkServer(trust, serverCertificate, new URL(options.url).hostname);
  const user = await identity(library, options);
  const client = makeClient(means, { mode: options.mode, policy: options.policy, serverCertificate });
  client.on('close', (cause) => line.lose(cause?.message ?? 'the server closed the connection'));
  try {
    await line.inTime(client.connect(options.url));
    const session = await line.inTime(client.createSession(user));
    session.on('session_closed', (status) => line.lose(`the session ended: ${status.name}`));
    return session;
  } catch (cause) {
    throw await explain(cause, trust);
  }
}

/** The server's endpoint with the mode and policy that are asked for; nothing less is ever taken instead. */
async function discover(means: Means): Promise<EndpointDescription> {
  const { library, options, line } = means;
  const client = makeClient(means, { mode: 'None', policy: 'None' });
  let offered: EndpointDescription[];
  try {
    await line.inTime(client.connect(options.url));
    offered = await line.inTime(client.getEndpoints());
    await line.inTime(client.disconnect());
  } catch (cause) {
    throw cause instanceof ConnectionLost ? cause : new ConnectionLost(oneLine(cause), { cause });
  }
  const mode = library.MessageSecurityMode[options.mode];
  const policy = options.mode === 'None' ? 'None' : options.policy;
  const found = offered.find((one) => one.securityMode === mode && policyOf(one) === policy);
  if (found) return found;
  const all = offered.map((one) => `${library.MessageSecurityMode[one.securityMode]}/${policyOf(one)}`);
  throw new Misconfigured(`the server offers no ${options.mode}/${policy}, only ${[...new Set(all)].join(', ')}`);
}

const policyOf = ({ securityPolicyUri }: EndpointDescription): string => securityPolicyUri?.split('#')[1] ?? '';

interface Security {
  readonly mode: Options['mode'];
  readonly policy: Options['policy'] | 'None';
  readonly serverCertificate?: Buffer;
}

/** A client that tries once: whether and when to try again is the supervisor's to say. */
function makeClient({ library, options, trust, ends }: Means, security: Security): OPCUAClient {
  const { mode, policy, serverCertificate } = security;
  const client = library.OPCUAClient.create({
    applicationName: 'Pertonne',
    clientCertificateManager: trust,
    securityMode: library.MessageSecurityMode[mode],
    securityPolicy: library.SecurityPolicy[mode === 'None' ? 'None' : policy],
    ...(serverCertificate && mode !== 'None' ? { serverCertificate } : {}),
    // Servers are reached by addresses that they do not know of; what counts is their certificate.
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 },
    defaultTransactionTimeout: options.timeout,
    keepSessionAlive: true,
    // Real ms: what a killed agent leaves behind must not take up one of the server's few places for long.
    requestedSessionTimeout: 30_000,
    // The library makes a buffer of this size for each request; its default of 64 KiB costs four times the time of a poll.
    transportSettings: { sendBufferSize: 16_384 },
  });
  // Closes the session too.
  ends.defer(() => client.disconnect());
  return client;
}

async function identity({ UserTokenType }: Library, { user, passwordFile }: Options): Promise<UserIdentityInfo> {
  if (user === undefined || passwordFile === undefined) return { type: UserTokenType.Anonymous };
  try {
    const password = (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
    return { type: UserTokenType.UserName, userName: user, password };
  } catch (cause) {
    throw new Misconfigured(`the password file ${passwordFile} cannot be read`, { cause });
  }
}

/** Tells what trying again may mend from what only people can. */
async function explain(cause: unknown, trust: TrustList): Promise<Error> {
  if (cause instanceof ConnectionLost) return cause;
  const message = oneLine(cause);
  if (/Bad(UserAccessDenied|IdentityToken)/.test(message)) {
    return new Misconfigured(`the server refuses the user or the password: ${message}`, { cause });
  }
  if (/BadTooManySessions/.test(message)) {
    return new Misconfigured(`the server has no session left: ${message}`, { cause });
  }
  if (/Bad(SecurityChecksFailed|Certificate|ApplicationSignature)/.test(message)) {
    const ours = join(trust.rootDir, 'own/certs/client_certificate.pem');
    const print = thumbprint(await readCertificate(ours));
    return new Misconfigured(
      `the server does not trust us: ${message}. Put our certificate on its trust list: thumbprint ${print}, ${ours}`,
      { cause },
    );
  }
  return new ConnectionLost(message, { cause });
}

/** The libraries' messages run over many lines. */
const oneLine = (cause: unknown): string => String(cause instanceof Error ? cause.message : cause).replace(/\s+/g, ' ');
