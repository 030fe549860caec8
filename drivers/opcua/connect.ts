import type { ClientSession, EndpointDescription, OPCUAClient, UserIdentityInfo } from 'node-opcua-client';
import { ConnectionLost, type Host, Misconfigured } from '../driver.ts';
import type { Line } from '../session.ts';
import { watchCertificates } from './expiry.ts';
import { identityOf, type Refusals } from './identity.ts';
import type { Library, TrustList } from './library.ts';
import type { Options } from './options.ts';
import { type Own, ownCertificate } from './own.ts';
import { checkServer, describe } from './trust.ts';

/** What a connection is made with; `ends` is handed what takes each step back. */
export interface Means {
  readonly library: Library;
  readonly options: Options;
  readonly trust: TrustList;
  readonly line: Line;
  readonly ends: AsyncDisposableStack;
  readonly host: Pick<Host, 'clock' | 'notice'>;
  /** Kept from attempt to attempt. */
  readonly refusals: Refusals;
}

/** Opens a session, or rejects with ConnectionLost or Misconfigured. */
export async function openSession(means: Means): Promise<ClientSession> {
  const { library, options, trust, line, host, refusals, ends } = means;
  const identity = await identityOf(library, options);
  refusals.check(identity, host.clock);
  const own = await ownCertificate(trust, host.clock);
  const { serverCertificate, server } = wanted(means, await offeredBy(means, own));
  if (options.mode === 'None') {
    host.notice({ event: 'insecure', reason: 'mode None: anyone on the network can read and forge values' });
  } else {
    const shown = { url: options.url, certificate: serverCertificate, applicationUri: server.applicationUri };
    const certificate = await checkServer(trust, shown);
    ends.use(watchCertificates({ host, trust, line, server: certificate, user: options.userCertificate }));
  }
  const client = makeClient(means, own, { mode: options.mode, policy: options.policy, serverCertificate });
  client.on('close', (cause) => line.lose(cause?.message ?? 'the server closed the connection'));
  try {
    await line.inTime(client.connect(options.url));
    const session = await line.inTime(client.createSession(identity));
    session.on('session_closed', (status) => line.lose(`the session ended: ${status.name}`));
    return session;
  } catch (cause) {
    throw explain(cause, means, identity, own);
  }
}

/** What a server offers. It is asked without security: nothing of the answer may be believed yet. */
export async function offeredBy(means: Means, own: Own): Promise<EndpointDescription[]> {
  const { options, line } = means;
  const client = makeClient(means, own, { mode: 'None', policy: 'None' });
  try {
    await line.inTime(client.connect(options.url));
    const offered = await line.inTime(client.getEndpoints());
    await line.inTime(client.disconnect());
    return offered;
  } catch (cause) {
    throw cause instanceof ConnectionLost ? cause : new ConnectionLost(oneLine(cause), { cause });
  }
}

/** The endpoint with the mode and policy that are asked for; nothing less is ever taken instead. */
function wanted({ library, options }: Means, offered: readonly EndpointDescription[]): EndpointDescription {
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
function makeClient({ library, options, trust, ends }: Means, own: Own, security: Security): OPCUAClient {
  const { mode, policy, serverCertificate } = security;
  const client = library.OPCUAClient.create({
    applicationName: 'Pertonne',
    clientCertificateManager: trust,
    securityMode: library.MessageSecurityMode[mode],
    securityPolicy: library.SecurityPolicy[mode === 'None' ? 'None' : policy],
    applicationUri: own.applicationUri,
    certificateFile: own.file,
    ...(serverCertificate && mode !== 'None' && { serverCertificate }),
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

/** Tells what trying again may mend from what only people can. */
function explain(cause: unknown, { host, refusals }: Means, identity: UserIdentityInfo, own: Own): Error {
  if (cause instanceof ConnectionLost) return cause;
  const message = oneLine(cause);
  if (/Bad(User(AccessDenied|SignatureInvalid)|IdentityToken)/.test(message)) {
    return refusals.keep(identity, host.clock, message);
  }
  if (/Cannot find .* user token policy/i.test(message)) {
    return new Misconfigured(`the server does not take such a user: ${message}`, { cause });
  }
  if (/BadTooManySessions/.test(message)) {
    return new Misconfigured(`the server has no session left: ${message}`, { cause });
  }
  if (/Bad(SecurityChecksFailed|Certificate|ApplicationSignature)/.test(message)) {
    const put = `Put our certificate on its trust list: ${describe(own.certificate)}, ${own.file}`;
    return new Misconfigured(`the server does not trust us: ${message}. ${put}`, { cause });
  }
  return new ConnectionLost(message, { cause });
}

/** The libraries' messages run over many lines. */
const oneLine = (cause: unknown): string => String(cause instanceof Error ? cause.message : cause).replace(/\s+/g, ' ');
