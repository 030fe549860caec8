import { ask, whereabouts } from './whereabouts.ts';

/**
 * `node agent/healthcheck.ts DATA [PATH]`: exit code 0 when the agent on that folder answers /healthz, or the path given,
 * with 200. For containers and probes: it loads no packages, and needs no port to be named.
 */
const [folder = 'data', path = '/healthz'] = process.argv.slice(2);
const agent = await whereabouts(folder);
const answer = agent && (await ask(agent, path).catch(() => null));
process.exit(answer?.status === 200 ? 0 : 1);
