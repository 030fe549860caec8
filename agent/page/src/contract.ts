/** What the agent says, as types only: nothing of zod reaches the browser. */
import type { Frame, LiveValue, WireRecord } from '../../client/contract.ts';
import type { PlantDescription } from '../../http/contract.ts';

export type { EvaluationBody, LiveValue, WireRecord } from '../../client/contract.ts';
export type { Sheet } from '../../explain/sheet.ts';
export type { EnteredBody, EntriesPage, EntryReceipt, FiguresPage } from '../../http/answers.ts';
export type { AlarmView, PlantDescription } from '../../http/contract.ts';
export type { SessionBody } from '../../http/session.ts';
export type { SystemBody } from '../../http/system.ts';

/** What the client tells of the stream: each record once. */
export type Told =
  | Pick<Frame<'hello'>, 'type' | 'time'>
  | Pick<Frame<'snapshot'>, 'type' | 'at' | 'values' | 'records' | 'alarms'>
  | Pick<Frame<'live'>, 'type' | 'at' | 'values'>
  | Pick<Frame<'records'>, 'type' | 'records'>;
export type AlarmRecord = Extract<WireRecord, { kind: 'alarm' }>;
export type WindowKind = NonNullable<LiveValue['window']>['kind'];
export type Line = PlantDescription['lines'][number];
export type Metric = Line['metrics'][number];
export type Meter = Line['meters'][number];
export type Tag = PlantDescription['tags'][number];
export type Flag = NonNullable<LiveValue['flags']>[number];
export type Bound = Pick<NonNullable<Metric['limit']>, 'op' | 'bound'>;
