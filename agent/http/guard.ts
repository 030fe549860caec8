import { isIP } from 'node:net';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const AUTHORITY = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/** Whether a server bound to `host` is reached from this machine only. */
export const isLoopback = (host: string): boolean => LOOPBACK.includes(host) || host === '::1';

/** Whether the Host header may be ours: a foreign name that resolves to us is how DNS rebinding gets in; an address is no name. */
export function hostAllowed(host: string | undefined, allowed: readonly string[]): boolean {
  const name = AUTHORITY.exec(host ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return LOOPBACK.includes(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0 || allowed.includes(name);
}

const ONLY_ONCE = new Set(['host', 'origin', 'authorization', 'content-type']);

/** Whether a header that decides something came more than once: two readers could take each another one for it. */
export function isAmbiguous(rawHeaders: readonly string[]): boolean {
  const seen = new Set<string>();
  return rawHeaders.some((text, place) => {
    const name = text.toLowerCase();
    if (place % 2 === 1 || !ONLY_ONCE.has(name)) return false;
    const again = seen.has(name);
    seen.add(name);
    return again;
  });
}

/** Browsers say where a page came from; other programs send no Origin. Ours comes from the host it talks to. */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host: from, hostname } = new URL(origin);
  return /^https?:$/.test(protocol) && (from === host?.toLowerCase() || allowed.includes(hostname));
}
