/** Why a far end was not reached, in words that say what to do. The codes are those of Node, OpenSSL and the resolver. */

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is it running, and is the port right?',
  ENOTFOUND: 'there is no such host name: correct it, or ask whoever runs the name server',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer: does a firewall keep us from it?',
  EHOSTUNREACH: 'there is no way to that host: look at cable, gateway and firewall',
  ENETUNREACH: 'there is no way to that network: look at cable and gateway',
  ECONNRESET: 'the connection was reset: something on the way, or the far end itself, ended it',
  EPIPE: 'the far end has closed the connection',
  ERR_PROXY_TUNNEL: 'the proxy makes no tunnel',
};

const UNKNOWN_ISSUER =
  "its certificate was issued by nobody whom we trust: name the issuer's certificate (PEM) as caFile";
const TLS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is issued by itself: name that certificate (PEM) as caFile, once you have compared it',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: "its certificate has expired: whoever runs it must renew it (or this machine's clock is wrong)",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: is this machine's clock right?",
  CERT_REVOKED: 'its certificate was revoked: ask whoever runs it',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name: use the name that the certificate has, or have one issued for this one',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks only versions of TLS before 1.2, which are not safe',
};

const HTTP: Readonly<Record<number, string>> = {
  400: 'it does not take pertonne.v1 there: is the address right?',
  401: 'the token is missing or wrong: put a valid one in its place',
  403: 'the token does not allow this: ask whoever runs it',
  404: 'nothing of ours is at this path: is the address right?',
  407: 'the proxy wants a user and a password',
  426: 'it does not take pertonne.v1 there: is the address right?',
  429: 'too many connections for now',
  503: 'it has no room for now',
};

/** An answer to the upgrade that is not 101. */
export const answered = (status: number): string =>
  `HTTP status ${status}${HTTP[status] ? `: ${HTTP[status]}` : ' instead of a WebSocket'}`;

/** An error of the connection. */
export function unreachable(error: Error): string {
  const code = codeOf(error);
  if (code === undefined) return error.message;
  if (NO_TLS.test(error.message))
    return `${code}: it does not speak TLS: is it ws:// instead of wss://, or another port?`;
  const proxyStatus = code === 'ERR_PROXY_TUNNEL' ? / HTTP\/1\.\d (\d{3})/.exec(error.message)?.[1] : undefined;
  if (proxyStatus) return `${NETWORK[code]}: ${answered(Number(proxyStatus))}`;
  const said = NETWORK[code] ?? TLS[code];
  return said ? `${code}: ${said}` : `${code}: ${error.message}`;
}

const NO_TLS = /wrong version number|packet length too long/;

/** Of several addresses of one name the first error stands for all. */
function codeOf(error: Error): string | undefined {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
