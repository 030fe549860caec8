import { backoff, connect } from '../../../client/connect.ts';
import type { Subscription } from '../../../client/contract.ts';
import { getJson, RefusedError } from '../api.ts';
import type { FiguresPage, PlantDescription, SessionBody, Told } from '../contract.ts';
import type { Action, PageState } from './state.ts';
import type { Store } from './store.ts';
import { trendOf, trendSpan } from './trend.ts';

const SUBSCRIPTION: Subscription = {
  id: 'page',
  kinds: ['evaluation', 'alarm', 'endpoint', 'config'],
  windows: ['quarterHour', 'hour', 'shift', 'day'],
  records: { from: 'now' },
  live: { everyMs: 500 },
};
/** Operators stand before it: it comes back soon. */
const LONGEST_WAIT_MS = 8_000;

/** Keeps the store filled from the agent that serves this page; `base` is the page's own address. */
export async function followAgent(store: Store<PageState, Action>, base: string): Promise<void> {
  const loadSession = async (): Promise<void> =>
    store.dispatch({ type: 'session', session: await getJson<SessionBody>(new URL('v1/session', base)) });
  const loadPlant = async (): Promise<void> => {
    await loadSession();
    store.dispatch({ type: 'plant', plant: await getJson<PlantDescription>(new URL('v1/plant', base)) });
  };
  let connection = 0;
  const load = async (mine: number): Promise<void> => {
    // A newer connection loads for itself.
    if (mine !== connection) return;
    await loadPlant();
    await loadTrends(store, base);
  };

  await persistently(store, loadPlant);
  const tell = (told: Told): void => store.dispatch({ type: 'told', told, now: performance.now() });
  await connect(new URL('v1/stream', base).href, {
    subscribe: SUBSCRIPTION,
    longestWaitMs: LONGEST_WAIT_MS,
    state({ state }) {
      if (state !== 'closed') store.dispatch({ type: 'link', link: state });
      // A browser does not say why the stream lets nobody in.
      if (state === 'waiting') void loadSession().catch((error: Error) => refusedBy(store, error));
    },
    hello: ({ time }) => tell({ type: 'hello', time }),
    live: (values, at) => tell({ type: 'live', values: [...values], at }),
    records(records) {
      tell({ type: 'records', records: [...records] });
      if (records.some(({ kind }) => kind === 'config')) void persistently(store, loadPlant);
    },
    snapshot(snapshot) {
      tell({ type: 'snapshot', ...snapshot });
      const mine = ++connection;
      void persistently(store, () => load(mine));
    },
  }).closed;
}

/** Tries until it works, ever more slowly. */
async function persistently(store: Store<PageState, Action>, work: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      refusedBy(store, error);
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt, Math.random(), LONGEST_WAIT_MS)));
    }
  }
}

function refusedBy(store: Store<PageState, Action>, error: unknown): void {
  if (error instanceof RefusedError) store.dispatch({ type: 'refused', why: error.status === 401 ? 'login' : 'never' });
}

async function loadTrends(store: Store<PageState, Action>, base: string): Promise<void> {
  const { plant, plantTime } = store.get();
  if (!plant || plantTime === null) return;
  await Promise.all(
    plant.lines.map(async ({ main }) => {
      const window = trendOf(plant, main);
      if (!window) return;
      const { from, to } = trendSpan(window, plantTime);
      const span = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
      const path = `v1/metrics/${encodeURIComponent(main)}?window=${window}&${span}&limit=100`;
      const { figures } = await getJson<FiguresPage>(new URL(path, base));
      store.dispatch({ type: 'trend', metric: main, evaluations: figures });
    }),
  );
}
