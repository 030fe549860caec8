import type { Logger } from 'pino';
import type { CertificateNotice, Clock, Notice } from '../drivers/driver.ts';
import type { Ms } from '../rules/sample.ts';
import type { SelfMetrics } from './metrics.ts';

const DAY: Ms = 86_400_000;
/** A certificate that expires within this is warned of. */
const SOON = 30 * DAY;
/** What is told every day is logged every day, though timers are not exact. */
const AGAIN = 0.9 * DAY;

/** Takes what drivers notice into log and metrics. The same is logged once a day at most, however often it is told. */
export function noticed(
  clock: Clock,
  log: Logger,
  {
    insecure,
    polledInstead,
    certificateExpires,
  }: Pick<SelfMetrics, 'insecure' | 'polledInstead' | 'certificateExpires'>,
): (endpoint: string, notice: Notice) => void {
  const last = new Map<string, Ms>();
  const warn = (event: string, endpoint: string, details: object, about = ''): void => {
    const key = `${event} ${endpoint} ${about}`;
    if (clock.wall() - (last.get(key) ?? -Infinity) < AGAIN) return;
    last.set(key, clock.wall());
    log.warn({ event, endpoint, ...details });
  };
  return (endpoint, notice) => {
    if (notice.event === 'insecure') {
      insecure.set({ endpoint }, 1);
      return warn('endpoint-insecure', endpoint, { reason: notice.reason });
    }
    if (notice.event === 'polled') {
      const { tags, reason } = notice;
      polledInstead.set({ endpoint }, tags);
      return tags > 0 ? warn('polled-instead', endpoint, { tags, reason }) : undefined;
    }
    const { whose, thumbprint, validTo, file } = notice;
    certificateExpires.set({ endpoint, whose }, validTo / 1000);
    const event = whose === 'successor' ? 'certificate-renewed' : 'certificate-expires';
    if (event === 'certificate-expires' && validTo - clock.wall() > SOON) return;
    const details = { whose, thumbprint, validTo: new Date(validTo).toISOString(), file, todo: REMEDY[whose] };
    warn(event, endpoint, details, whose);
  };
}

const REMEDY: Readonly<Record<CertificateNotice['whose'], string>> = {
  server: 'have the server renew its certificate, then accept the new one with "pertonne trust"',
  user: 'put a new certificate in its place',
  ours: 'have the server trust its successor too (certificate-renewed names it)',
  successor:
    'put this certificate on the trust list of the server: it takes the place of ours a day before that expires',
};
