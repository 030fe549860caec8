import type { Host } from '../driver.ts';
import { type Line, openLine } from '../session.ts';
import { openSession } from './connect.ts';
import type { Refusals } from './identity.ts';
import { type Library, library as load } from './library.ts';
import type { Options } from './options.ts';
import { type Services, type Session, servicesOf } from './services.ts';
import { closeTrust, openTrust } from './trust.ts';

/** A session with one server. */
export interface Link {
  readonly url: string;
  readonly line: Line;
  readonly session: Session;
  readonly services: Services;
  readonly library: Library;
  /** Ends it; waits for a peer that still answers. */
  close(): Promise<void>;
}

/** Opens a session with the server at `options.url`, or rejects with ConnectionLost or Misconfigured. */
export async function openLink(host: Host, options: Options, refusals: Refusals, signal: AbortSignal): Promise<Link> {
  const line = openLine(options.url, options.timeout, host.clock, signal);
  const ends = new AsyncDisposableStack();
  const inTime = (work: Promise<unknown>): Promise<unknown> =>
    host.clock.deadline(work, options.timeout, () => new Error('late')).catch(() => {});
  const close = async (): Promise<void> => {
    const isLost = line.lost.aborted && !signal.aborted;
    line.lose('ended');
    const ended = inTime(ends.disposeAsync());
    // A peer that is gone is not waited for, and one that no longer answers not for long.
    if (!isLost) await ended;
  };
  try {
    const library = await load();
    const trust = await openTrust(library, host.pkiFolder, options.serverCertificate);
    ends.defer(() => closeTrust(trust));
    const session = (await openSession({ library, options, trust, line, ends, host, refusals })) as Session;
    // Subscriptions go with us when we end, and stay with the server when we shall be back.
    ends.defer(async () => void (await inTime(session.close(signal.aborted))));
    return { url: options.url, line, session, library, services: servicesOf(session, line), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}
