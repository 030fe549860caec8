import type {
  AlarmRecord,
  AlarmView,
  EvaluationBody,
  LiveValue,
  PlantDescription,
  SessionBody,
  Told,
  WindowKind,
  WireRecord,
} from '../contract.ts';
import { mergeTrend, trendOf } from './trend.ts';

/** Silence after which the page no longer claims to show the present. */
export const STALE_MS = 3_500;

export interface PageState {
  readonly plant: PlantDescription | null;
  /** The agent answered, and does not let us in: one has to log in, or that would not help. */
  readonly refused: 'login' | 'never' | null;
  /** Who is at the page; null until the agent has said. */
  readonly session: SessionBody | null;
  readonly link: 'connecting' | 'open' | 'waiting';
  /** Monotonic milliseconds of this browser: now, and when the last frame came. */
  readonly now: number;
  readonly heardAt: number | null;
  /** Plant time of the last frame, epoch milliseconds. */
  readonly plantTime: number | null;
  /** The running windows' figures, by `figureKey`. */
  readonly figures: ReadonlyMap<string, LiveValue>;
  readonly tags: ReadonlyMap<string, LiveValue>;
  readonly endpoints: ReadonlyMap<string, LiveValue>;
  /** Whether the agent keeps what it makes, by its last word. */
  readonly isKept: boolean;
  /** The lines' main metrics over the last hours, oldest first. */
  readonly trends: ReadonlyMap<string, readonly EvaluationBody[]>;
  /** The last alarm transition of each metric. */
  readonly alarms: ReadonlyMap<string, AlarmRecord>;
  /** In what state each alarm is, by `figureKey`; one that is missing is normal. */
  readonly alarmStates: ReadonlyMap<string, AlarmView['state']>;
}

export type Action =
  | { readonly type: 'plant'; readonly plant: PlantDescription }
  | { readonly type: 'session'; readonly session: SessionBody }
  | { readonly type: 'refused'; readonly why: 'login' | 'never' }
  | { readonly type: 'link'; readonly link: PageState['link'] }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'told'; readonly told: Told; readonly now: number }
  | { readonly type: 'trend'; readonly metric: string; readonly evaluations: readonly EvaluationBody[] };

export const initialState: PageState = {
  plant: null,
  refused: null,
  session: null,
  link: 'connecting',
  now: 0,
  heardAt: null,
  plantTime: null,
  figures: new Map(),
  tags: new Map(),
  endpoints: new Map(),
  isKept: true,
  trends: new Map(),
  alarms: new Map(),
  alarmStates: new Map(),
};

export const figureKey = (metric: string, kind: WindowKind): string => `${metric}|${kind}`;

export const isStale = (state: PageState): boolean => state.now - (state.heardAt ?? 0) > STALE_MS;

/** Plant time now: told by the last frame, carried on; a simulated plant's may leap, so it halts when nothing is heard. */
export function plantNow(state: PageState): number | null {
  if (state.plantTime === null || state.heardAt === null || state.plant === null) return null;
  const { speed } = state.plant;
  const since = state.now - state.heardAt;
  return state.plantTime + (speed === 1 ? since : Math.min(since, STALE_MS) * (speed ?? 0));
}

export function reduce(state: PageState, action: Action): PageState {
  switch (action.type) {
    case 'plant':
      return { ...state, plant: action.plant, refused: null };
    case 'session':
      return { ...state, session: action.session };
    case 'refused':
      return { ...state, refused: action.why };
    case 'link':
      return { ...state, link: action.link };
    case 'tick':
      return { ...state, now: action.now };
    case 'told':
      return take({ ...state, now: action.now, heardAt: action.now }, action.told);
    case 'trend':
      return withTrend(state, action.metric, action.evaluations);
  }
}

function take(state: PageState, told: Told): PageState {
  switch (told.type) {
    case 'hello':
      return { ...state, plantTime: Date.parse(told.time) };
    case 'snapshot': {
      const alarmStates = new Map(told.alarms.map((one) => [figureKey(one.metric, one.window.kind), one.state]));
      const fresh = { ...state, figures: new Map(), tags: new Map(), endpoints: new Map(), alarmStates };
      return told.records.reduce(record, values(fresh, told));
    }
    case 'live':
      return values(state, told);
    case 'records':
      return told.records.reduce(record, state);
  }
}

function values(state: PageState, told: Extract<Told, { values: unknown }>): PageState {
  const figures = new Map(state.figures);
  const tags = new Map(state.tags);
  const endpoints = new Map(state.endpoints);
  let { isKept } = state;
  for (const value of told.values) {
    if (value.of === 'tag') tags.set(value.id, value);
    else if (value.of === 'endpoint') endpoints.set(value.id, value);
    else if (value.of === 'log') isKept = value.statusCode !== 'bad';
    else if (value.window) figures.set(figureKey(value.id, value.window.kind), value);
  }
  return { ...state, plantTime: Date.parse(told.at), figures, tags, endpoints, isKept };
}

function record(state: PageState, entry: WireRecord): PageState {
  if (entry.kind === 'alarm') return withAlarm(state, entry);
  if (entry.kind !== 'evaluation') return state;
  const { metric, window } = entry.body;
  return window.kind === trendOf(state.plant, metric) ? withTrend(state, metric, [entry.body]) : state;
}

function withAlarm(state: PageState, entry: AlarmRecord): PageState {
  const { metric, window, to } = entry.body;
  const alarms = new Map(state.alarms).set(metric, entry);
  return { ...state, alarms, alarmStates: new Map(state.alarmStates).set(figureKey(metric, window.kind), to) };
}

function withTrend(state: PageState, metric: string, fresh: readonly EvaluationBody[]): PageState {
  const kind = trendOf(state.plant, metric);
  if (!kind) return state;
  const known = state.trends.get(metric) ?? [];
  return { ...state, trends: new Map(state.trends).set(metric, mergeTrend(kind, known, fresh, state.plantTime ?? 0)) };
}
