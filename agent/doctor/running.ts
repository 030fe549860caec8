import { SystemBody } from '../http/system.ts';
import { ask } from '../whereabouts.ts';
import { expiry, type Finding, fault, messageOf, ok, warn } from './finding.ts';

const ABOUT = 'agent';
/** Records that a reader may be behind before it is told of. */
const BEHIND = 10_000;

/** What a running agent says of itself; `token` where it asks for one. */
export async function runningFindings(agent: URL, token: string | undefined, now: number): Promise<Finding[]> {
  const runs = ok(ABOUT, `runs, and answers at ${agent.origin}`);
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status, body } = await ask(agent, '/v1/system', headers);
    if (status === 401 || status === 403)
      return [runs, warn(ABOUT, 'it asks for a token', 'name one of scope read with --token-file, to be told more')];
    return [runs, ...findingsOf(SystemBody.parse(JSON.parse(body)), now)];
  } catch (cause) {
    return [runs, fault(ABOUT, `it did not tell how it is: ${messageOf(cause)}`, 'look at its log')];
  }
}

/** It has only just begun. */
const STARTING = / is starting$/;
const IN_ORDER = 'look at the page or /readyz; it goes when what is amiss is mended';

function findingsOf(
  { ready, reasons, log, readers, platforms, certificates, clock }: SystemBody,
  now: number,
): Finding[] {
  const amiss = reasons.map((reason) => (ready || STARTING.test(reason) ? warn : fault)(ABOUT, reason, IN_ORDER));
  return [
    ...(amiss.length > 0 ? amiss : [ok(ABOUT, 'does what it is for')]),
    log.dropped > 0
      ? fault('log', `${log.dropped} entries were dropped while it took none`, 'look after the disk of the data folder')
      : ok('log', `records ${log.firstSeq} to ${log.lastSeq}, ${log.queued} entries wait`),
    ...readers.map(({ remote, subscription, lag }) => lagging('reader', `${remote} (${subscription})`, lag)),
    ...platforms.map(({ id, behind: records }) => lagging('platform', id, records ?? 0)),
    ...certificates.map(({ endpoint, whose, expires }) =>
      expiry(
        'certificate',
        `${endpoint}: ${whose}`,
        Date.parse(expires),
        now,
        'renew it, and trust the new one, in time',
      ),
    ),
    clock.steps === 0
      ? ok('clock', 'it was not set since the agent started')
      : warn(
          'clock',
          `it was set ${clock.steps} times since the agent started, last at ${clock.last?.at}`,
          'look at NTP',
        ),
  ];
}

function lagging(about: string, who: string, lag: number): Finding {
  const says = `${who} is ${lag} records behind`;
  return lag > BEHIND
    ? warn(about, says, 'what the log no longer keeps it loses: see why it is slow')
    : ok(about, says);
}
