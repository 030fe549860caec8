import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Finding, fault, ok, warn } from './finding.ts';

const ABOUT_CLOCK = 'clock';
/** The program was not written before: a clock that says so was never set. */
const EARLIEST = Date.UTC(2026, 0);
const LATEST = Date.UTC(2100, 0);

/** Whether the machine's time of day can be right, and whether somebody sees to it; `synchronised`: null where nobody knows. */
export function clockFinding(now: number, synchronised: boolean | null): Finding {
  const time = new Date(now).toISOString();
  if (now < EARLIEST || now > LATEST)
    return fault(ABOUT_CLOCK, `the machine's clock says ${time}`, 'set it, and have it kept right by NTP');
  if (synchronised === null)
    return warn(
      ABOUT_CLOCK,
      `${time}; whether NTP keeps it right cannot be seen from here`,
      'look at the time service of the machine (timedatectl, chronyc tracking)',
    );
  if (!synchronised)
    return warn(
      ABOUT_CLOCK,
      `${time}; it is not synchronised`,
      'give the machine a time server that it can reach (NTP)',
    );
  return ok(ABOUT_CLOCK, `${time}, synchronised`);
}

/** As systemd says, whoever sets the clock; null where there is none, as in a container. */
export async function isSynchronised(): Promise<boolean | null> {
  const asked = ['show', '--property=NTPSynchronized', '--value'];
  const answer = await promisify(execFile)('timedatectl', asked, { timeout: 5_000 }).catch(() => null);
  return answer === null ? null : answer.stdout.trim() === 'yes';
}

/** Files and sockets that an agent has open besides its readers and endpoints. */
const OWN_FILES = 100;

/** Whether this process, and an agent started as it was, may open what it needs; `limits` as in /proc/self/limits. */
export function filesFinding(limits: string, connections: number, endpoints: number): Finding {
  const about = 'open files';
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const needed = connections + endpoints + OWN_FILES;
  if (limit >= needed) return ok(about, `${limit} may be open`);
  return warn(
    about,
    `${limit} may be open, but as many readers as are allowed would need ${needed}`,
    'raise the limit (LimitNOFILE, ulimits), or lower http.maxReaders',
  );
}

export const limitsOfProcess = (): Promise<string> => readFile('/proc/self/limits', 'utf8').catch(() => '');
