import type { Key, Translate } from './index.ts';

/** What drivers, servers and operating systems report, and what it means to an operator. The first match wins. */
const CAUSES: readonly [RegExp, Key][] = [
  [/^a text and no number/, 'cause.text'],
  [/disk is full/, 'cause.diskFull'],
  [/disk fails/, 'cause.diskFails'],
  [/data folder cannot be written/, 'cause.readOnly'],
  [/another program holds the log/, 'cause.held'],
  [/log is damaged/, 'cause.damaged'],
  [/HTTP status 40[13]|token/, 'cause.token'],
  [/behind the gateway|no path to the unit/i, 'cause.unit'],
  [/ECONNREFUSED|refused the connection|connection refused/i, 'cause.refused'],
  [/ETIMEDOUT|timed? ?out|deadline|no (reply|answer)/i, 'cause.timeout'],
  [/EHOSTUNREACH|ENETUNREACH|unreachable/i, 'cause.unreachable'],
  [/ENOTFOUND|EAI_AGAIN/i, 'cause.name'],
  [/certificate|trust/i, 'cause.certificate'],
  [/password|identity|access denied|BadUser/i, 'cause.login'],
  [/no session left|TooMany/i, 'cause.full'],
  [/offers no/i, 'cause.security'],
  [/ECONNRESET|EPIPE|connection (lost|closed|reset|broken)|closed the connection|session ended/i, 'cause.reset'],
  [/answer no request|values for \d+ nodes/i, 'cause.garbled'],
  [/no such (register|namespace)|this (function|length)|BadNodeId|BadAttribute/i, 'cause.address'],
  [/busy|needs longer/i, 'cause.busy'],
  [/failed while|cannot do|memory damaged|DeviceFailure|OutOfService/i, 'cause.device'],
  [/SensorFailure|SensorNotAccurate/i, 'cause.sensor'],
  [/NotConnected|Communication|LastUsable|LastKnown/i, 'cause.beyond'],
  [/clock is ahead/i, 'cause.clock'],
  [/out(side)? of (its |the )?range|outside its (physical )?range|UnitsExceeded|OutOfRange/i, 'cause.range'],
  [/not available|gives no value|neither a number|NaN|not (a )?finite|InitialData|InitialValue/i, 'cause.unavailable'],
];

/** A reason in plain words of the reader's language; one that is not known stays as the device gave it. */
export function causeText(reason: string, t: Translate): string {
  const known = CAUSES.find(([pattern]) => pattern.test(reason));
  return known ? t(known[1]) : reason;
}
