import type { AlarmView } from '../http/contract.ts';
import type { StoredRecord } from '../store/contract.ts';
import type { AgentFrame } from './frames.ts';
import type { LiveValue } from './protocol.ts';

/** Frames as text. What is already JSON in the log goes out as it is, never parsed and built again. */

export const recordText = ({ seq, kind, at, body }: StoredRecord): string =>
  `{"seq":${seq},"kind":"${kind}","at":${JSON.stringify(at)},"body":${body}}`;

export const recordsText = (id: string, prev: number, records: readonly string[]): string =>
  `{"type":"records","id":${JSON.stringify(id)},"prev":${prev},"records":[${records.join()}]}`;

export const snapshotText = (
  id: string,
  at: string,
  values: readonly string[],
  records: readonly string[],
  alarms: readonly AlarmView[],
): string =>
  `{"type":"snapshot","id":${JSON.stringify(id)},"at":"${at}","values":[${values.join()}],"records":[${records.join()}],"alarms":${JSON.stringify(alarms)}}`;

export const liveText = (id: string, at: string, values: readonly string[]): string =>
  `{"type":"live","id":${JSON.stringify(id)},"at":"${at}","values":[${values.join()}]}`;

/** Frames that are short and rare. */
export const frameText = (
  frame: Extract<AgentFrame, { type: 'hello' | 'subscribed' | 'gap' | 'error' | 'bye' }>,
): string => JSON.stringify(frame);

/** The text of each live value, made once for all readers. */
export function liveTexts(): (value: LiveValue) => string {
  const texts = new WeakMap<LiveValue, string>();
  return (value) => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(value);
    texts.set(value, text);
    return text;
  };
}
