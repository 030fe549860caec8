import { getJson, RefusedError } from '../api.ts';
import type { FiguresPage, PlantDescription } from '../contract.ts';
import { leavesHole, replies } from './session.ts';
import type { Action, PageState } from './state.ts';
import type { Store } from './store.ts';
import { backoff, keepConnected } from './stream.ts';
import { trendOf, trendSpan } from './trend.ts';

/** Keeps the store filled from the agent that serves this page; `base` is the page's own address. */
export async function followAgent(store: Store<PageState, Action>, base: string): Promise<void> {
  const loadPlant = async (): Promise<void> =>
    store.dispatch({ type: 'plant', plant: await getJson<PlantDescription>(new URL('v1/plant', base)) });
  let connection = 0;
  const load = async (mine: number): Promise<void> => {
    // A newer connection loads for itself.
    if (mine !== connection) return;
    await loadPlant();
    await loadTrends(store, base);
  };

  await persistently(store, loadPlant);
  keepConnected(new URL('v1/stream', base).href.replace(/^http/, 'ws'), {
    link: (link) => store.dispatch({ type: 'link', link }),
    frame: (frame) => {
      if (leavesHole(store.get(), frame)) return null;
      store.dispatch({ type: 'frame', frame, now: performance.now() });
      if (frame.type === 'snapshot') {
        const mine = ++connection;
        void persistently(store, () => load(mine));
      }
      return replies(store.get(), frame);
    },
  });
}

/** Tries until it works, ever more slowly. */
async function persistently(store: Store<PageState, Action>, work: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RefusedError) store.dispatch({ type: 'refused' });
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt, Math.random())));
    }
  }
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
