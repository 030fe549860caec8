import { Gauge } from 'prom-client';
import { isLoopback } from './guard.ts';
import type { HttpOptions } from './server.ts';

/** Who could get in, and who could listen in. */

/** Listening to other machines as it was asked for would let anybody in. */
export class ExposedError extends Error {
  override name = 'ExposedError';
}

/** Other machines get in by a token only, and no token travels in clear unless somebody has said that it may. Throws ExposedError. */
export function guardAgainstExposure({ host, access, certificate, allowPlain = false }: HttpOptions): void {
  if (isLoopback(host)) return;
  if (access.isOpen)
    throw new ExposedError(
      `http.host ${host}: without tokens the agent listens to this machine only (127.0.0.1); make one with "pertonne token add"`,
    );
  if (!certificate && !allowPlain)
    throw new ExposedError(
      `http.host ${host}: without http.tls tokens and figures can be read, and changed, on the way; say http.allowPlain: true where something else sees to that`,
    );
}

const PLAIN = 'keep allowPlain only where a proxy or tunnel before the agent encrypts';

/** What keeps strangers out, for whoever watches: where it is little it is also logged. */
export function tellHowSafe({ host, access, certificate, log, registry }: HttpOptions): void {
  const watch = (name: string, help: string, read: () => boolean): void => {
    const collect = function (this: Gauge): void {
      this.set(Number(read()));
    };
    new Gauge({ name: `pertonne_http_${name}`, help, registers: [registry], collect });
  };
  const isPlain = !isLoopback(host) && !certificate;
  watch('open', '1 while there are no tokens, so that whoever reaches the port may do everything', () => access.isOpen);
  watch('plain', '1 where other machines are listened to without TLS', () => isPlain);
  const note = 'tokens and figures can be read, and changed, on the way';
  if (isPlain) log.warn({ event: 'http-plain', host, note, todo: PLAIN });
}
