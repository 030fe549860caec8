import type { Key, Translate } from './index.ts';

/** What drivers and operating systems report, and what it means to an operator. The first match wins. */
const CAUSES: readonly [RegExp, Key][] = [
  [/ECONNREFUSED|refused the connection|connection refused/i, 'cause.refused'],
  [/ETIMEDOUT|timed? ?out|deadline|no (reply|answer)/i, 'cause.timeout'],
  [/EHOSTUNREACH|ENETUNREACH|unreachable/i, 'cause.unreachable'],
  [/ECONNRESET|EPIPE|connection (lost|closed|reset|broken)/i, 'cause.reset'],
  [/ENOTFOUND|EAI_AGAIN/i, 'cause.name'],
  [/certificate|untrusted/i, 'cause.certificate'],
  [/password|identity|access denied|BadUser/i, 'cause.login'],
  [/out(side)? of (its )?range|outside its (physical )?range/i, 'cause.range'],
  [/not available|NaN|not finite/i, 'cause.unavailable'],
];

/** A reason in plain words of the reader's language; one that is not known stays as the device gave it. */
export function causeText(reason: string, t: Translate): string {
  const known = CAUSES.find(([pattern]) => pattern.test(reason));
  return known ? t(known[1]) : reason;
}
