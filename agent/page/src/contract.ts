/** What the agent says, as types only: nothing of zod reaches the browser. */
import type { PlantDescription } from '../../http/contract.ts';
import type { AgentFrame, ReaderFrame } from '../../stream/frames.ts';
import type { LiveValue, WireRecord } from '../../stream/protocol.ts';

export type { FiguresPage } from '../../http/answers.ts';
export type { AlarmView, PlantDescription } from '../../http/contract.ts';
export type { AgentFrame, ReaderFrame } from '../../stream/frames.ts';
export type { EvaluationBody, LiveValue, WireRecord } from '../../stream/protocol.ts';

export type Frame<T extends AgentFrame['type']> = Extract<AgentFrame, { type: T }>;
export type Cursor = Extract<ReaderFrame, { type: 'ack' }>['cursor'];
export type AlarmRecord = Extract<WireRecord, { kind: 'alarm' }>;
export type WindowKind = NonNullable<LiveValue['window']>['kind'];
export type Line = PlantDescription['lines'][number];
export type Metric = Line['metrics'][number];
export type Meter = Line['meters'][number];
export type Tag = PlantDescription['tags'][number];
export type Flag = NonNullable<LiveValue['flags']>[number];
export type Bound = Pick<NonNullable<Metric['limit']>, 'op' | 'bound'>;
