import type { Clock } from '../driver.ts';
import { openLine } from '../session.ts';
import type { Means } from './connect.ts';
import { Refusals } from './identity.ts';
import { library as load } from './library.ts';
import type { Options } from './options.ts';
import { closeTrust, openTrust } from './trust.ts';

export interface Visit {
  readonly options: Options;
  readonly pkiFolder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One look at a server, outside of any agent. Rejects as a driver does; whatever was opened for it is closed again. */
export async function visit<T>(
  { options, pkiFolder, clock, signal }: Visit,
  work: (means: Means) => Promise<T>,
): Promise<T> {
  using line = openLine(options.url, options.timeout, clock, signal);
  const ends = new AsyncDisposableStack();
  try {
    const library = await load();
    const trust = await openTrust(library, pkiFolder, options.serverCertificate);
    ends.defer(() => closeTrust(trust));
    const host = { clock, notice: () => {} };
    return await work({ library, options, trust, line, ends, host, refusals: new Refusals() });
  } finally {
    await clock.deadline(ends.disposeAsync(), options.timeout, () => new Error('late')).catch(() => {});
  }
}
