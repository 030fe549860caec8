import { expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { selfMetrics } from '../../agent/metrics.ts';
import { noticed } from '../../agent/notices.ts';
import type { CertificateNotice, Notice } from '../../drivers/driver.ts';
import { recordedLog } from '../support/logs.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-03-02T00:00:00Z');

function watching() {
  const lines: Record<string, unknown>[] = [];
  const time = { now: NOW };
  const metrics = selfMetrics();
  const log = recordedLog((line) => lines.push(JSON.parse(line)));
  const notice = noticed({ ...realClock(), wall: () => time.now }, log, metrics);
  return { lines, time, metrics, tell: (one: Notice, endpoint = 'plc') => notice(endpoint, one) };
}

const certificate = (whose: CertificateNotice['whose'], days: number): CertificateNotice => ({
  event: 'certificate',
  whose,
  thumbprint: 'AB12',
  validTo: NOW + days * DAY,
});

test('a certificate is warned of from thirty days before its end, once a day, by endpoint', () => {
  const { lines, time, tell } = watching();
  tell(certificate('server', 31));
  expect(lines).toEqual([]);
  tell(certificate('server', 29));
  tell(certificate('server', 29));
  tell(certificate('server', 29), 'other');
  expect(lines.map(({ event, endpoint, whose }) => [event, endpoint, whose])).toEqual([
    ['certificate-expires', 'plc', 'server'],
    ['certificate-expires', 'other', 'server'],
  ]);
  expect(lines[0]).toMatchObject({ level: 40, thumbprint: 'AB12', validTo: '2026-03-31T00:00:00.000Z' });
  time.now += DAY;
  tell(certificate('server', 29));
  expect(lines.length).toBe(3);
});

test('a successor of ours is announced with what to do, and the end of each certificate is a metric', async () => {
  const { lines, tell, metrics } = watching();
  tell(certificate('ours', 29));
  tell({ ...certificate('successor', 1800), file: 'next.pem' });
  expect(lines.map(({ event }) => event)).toEqual(['certificate-expires', 'certificate-renewed']);
  expect(lines[1]).toMatchObject({ file: 'next.pem', todo: expect.stringContaining('trust list of the server') });
  expect(await metrics.registry.metrics()).toContain(
    `pertonne_certificate_expires_timestamp_seconds{endpoint="plc",whose="ours"} ${(NOW + 29 * DAY) / 1000}`,
  );
});

test('an endpoint without security has a standing warning', async () => {
  const { lines, tell, metrics } = watching();
  tell({ event: 'insecure', reason: 'mode None' });
  tell({ event: 'insecure', reason: 'mode None' });
  expect(lines).toMatchObject([{ event: 'endpoint-insecure', endpoint: 'plc', reason: 'mode None' }]);
  expect(await metrics.registry.metrics()).toContain('pertonne_endpoint_insecure{endpoint="plc"} 1');
});

test('tags that are polled instead of subscribed to are told once a day, and how many is a metric', async () => {
  const { lines, tell, metrics } = watching();
  tell({ event: 'polled', tags: 0, reason: '' });
  expect(lines).toEqual([]);
  tell({ event: 'polled', tags: 3, reason: 'p1: BadTooManyMonitoredItems' });
  tell({ event: 'polled', tags: 3, reason: 'p1: BadTooManyMonitoredItems' });
  expect(lines).toMatchObject([
    { event: 'polled-instead', endpoint: 'plc', tags: 3, reason: expect.stringMatching(/Monitored/) },
  ]);
  expect(await metrics.registry.metrics()).toContain('pertonne_tags_polled_instead{endpoint="plc"} 3');
  tell({ event: 'polled', tags: 0, reason: '' });
  expect(await metrics.registry.metrics()).toContain('pertonne_tags_polled_instead{endpoint="plc"} 0');
});
