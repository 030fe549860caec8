import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { EndpointConfig, PlantConfig } from '../../config/plant.ts';
import type { Clock, Driver, Notice } from '../../drivers/driver.ts';
import { protocols } from '../../drivers/index.ts';
import { readOnce } from '../cli/readOnce.ts';
import { expiry, type Finding, fault, messageOf, ok, warn } from './finding.ts';

/** What would await an agent that was started now: whether its port is free, and its devices answer. Only reads. */
export async function stoppedFindings(
  config: PlantConfig,
  dataFolder: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { host, port } = config.http;
  const place = { clock, pkiFolder: join(dataFolder, 'pki'), signal };
  const looks = await Promise.all(config.endpoints.map((endpoint) => endpointFindings(endpoint, place)));
  return [await portFinding(host, port), ...looks.flat()];
}

/** Whether somebody listens there already. */
export function portFinding(host: string, port: number): Promise<Finding> {
  const about = 'port';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const says = `${host}:${port} cannot be listened to: ${cause.message}`;
      const taken = cause.code === 'EADDRINUSE';
      resolve(
        fault(
          about,
          says,
          taken ? 'end who holds it, or choose another (http.port)' : 'look at http.host and http.port',
        ),
      );
    });
    server.listen({ host, port }, () => server.close(() => resolve(ok(about, `${host}:${port} is free`))));
  });
}

type Place = Parameters<typeof readOnce>[2];

async function endpointFindings({ id, protocol, options, points }: EndpointConfig, place: Place): Promise<Finding[]> {
  const about = 'endpoint';
  const open = protocols[protocol].open as (options: unknown, points: EndpointConfig['points']) => Driver;
  const tags = points.map(({ tag }) => tag);
  const { samples, failure, notices } = await readOnce(open(options, points), tags, place);
  const told = notices.flatMap((notice) => noticeFindings(id, notice, place.clock.wall()));
  if (failure !== null && samples.size === 0)
    return [
      fault(about, `${id}: ${failure.message}`, 'look at the device, the cable, and the firewall between'),
      ...told,
    ];
  const bad = tags.filter((tag) => (samples.get(tag)?.statusCode ?? 'bad') === 'bad');
  if (bad.length === 0) return [ok(about, `${id} answers, all ${tags.length} tags have a value`), ...told];
  const says = `${id} answers, but ${bad.length} of ${tags.length} tags have no value`;
  return [warn(about, says, '"pertonne check FILE --online" says which and why'), ...told];
}

function noticeFindings(id: string, notice: Notice, now: number): Finding[] {
  if (notice.event === 'insecure')
    return [warn('endpoint', `${id}: ${notice.reason}`, 'give it mode SignAndEncrypt as soon as its server can')];
  if (notice.event !== 'certificate') return [];
  const { whose, validTo } = notice;
  return [expiry('certificate', `${id}: ${whose}`, validTo, now, 'renew it, and trust the new one, in time')];
}

/** The certificate that the page and the stream are served with. */
export async function tlsFinding({ http: { tls } }: PlantConfig, now: number): Promise<Finding[]> {
  if (!tls) return [];
  const about = 'certificate';
  try {
    const { validToDate } = new X509Certificate(await readFile(tls.certFile));
    await readFile(tls.keyFile);
    return [
      expiry(about, `http: ${tls.certFile}`, validToDate.getTime(), now, 'renew it; a running agent takes it up'),
    ];
  } catch (cause) {
    return [fault(about, `http: ${messageOf(cause)}`, 'name a certificate and its key that can be read (http.tls)')];
  }
}
