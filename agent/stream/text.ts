import type { AlarmView } from '../http/contract.ts';
import type { StoredRecord } from '../store/contract.ts';
import type { AgentFrame } from './frames.ts';

/** Frames as text. What is already JSON in the log goes out as it is, never parsed and built again. */

export const recordText = ({ seq, kind, at, body }: StoredRecord): string =>
  `{"seq":${seq},"kind":"${kind}","at":"${at}","body":${body}}`;

/** A batch, in pieces that follow each other; `records`: texts with commas between them, which are long. */
export const recordsTexts = (id: string, prev: number, records: string): string[] => [
  `{"type":"records","id":${JSON.stringify(id)},"prev":${prev},"records":[`,
  records,
  ']}',
];
export const recordsText = (...batch: Parameters<typeof recordsTexts>): string => recordsTexts(...batch).join('');

export const snapshotText = (
  id: string,
  at: string,
  values: readonly string[],
  records: string,
  alarms: readonly AlarmView[],
): string =>
  `{"type":"snapshot","id":${JSON.stringify(id)},"at":"${at}","values":[${values.join()}],"records":[${records}],"alarms":${JSON.stringify(alarms)}}`;

export const liveText = (id: string, at: string, values: readonly string[]): string =>
  `{"type":"live","id":${JSON.stringify(id)},"at":"${at}","values":[${values.join()}]}`;

/** Frames that are short and rare. */
export const frameText = (
  frame: Extract<AgentFrame, { type: 'hello' | 'subscribed' | 'gap' | 'error' | 'bye' }>,
): string => JSON.stringify(frame);
