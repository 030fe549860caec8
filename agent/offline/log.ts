import type { Evaluation } from '../../rules/evaluation.ts';
import { isCalendarKind, WINDOW_LENGTH, type Window } from '../../rules/interval.ts';
import { accountKey } from '../../rules/ledger.ts';
import type { Log, Lookups } from '../../rules/revision.ts';
import type { Ms } from '../../rules/sample.ts';

/** A log in memory: the latest revision of each window, oldest first, as long as it may be needed. */
export class MemoryLog {
  readonly #series = new Map<string, Evaluation[]>();

  keep(evaluation: Evaluation): void {
    const { metric, window } = evaluation;
    const key = accountKey(metric, window.kind);
    const series = this.#series.get(key) ?? [];
    this.#series.set(key, series);
    const place = placeOf(series, window.start);
    const isNext = series[place]?.window.start !== window.start;
    series.splice(isNext ? place + 1 : place, isNext ? 0 : 1, evaluation);
  }

  /** Throws a RangeError where `revise` looks for what `lookups` did not name: the agent would not have read it. */
  reader(lookups: Lookups): Log {
    const latest = new Set(lookups.latest.map(({ id, window }) => `${accountKey(id, window.kind)}|${window.start}`));
    const since = new Set(lookups.since.map(({ id, kind, from }) => `${accountKey(id, kind)}|${from}`));
    return {
      latest: (id, { kind, start }) => {
        named(latest, `${accountKey(id, kind)}|${start}`);
        const series = this.#series.get(accountKey(id, kind)) ?? [];
        const found = series[placeOf(series, start)];
        return found?.window.start === start ? found : undefined;
      },
      since: (id, kind, from) => {
        named(since, `${accountKey(id, kind)}|${from}`);
        const series = this.#series.get(accountKey(id, kind)) ?? [];
        return series.slice(Math.max(0, placeOf(series, from - 1)));
      },
    };
  }

  prune(oldest: Ms): void {
    for (const series of this.#series.values()) {
      const first = series.findIndex(({ window }) => isNeeded(window, oldest));
      series.splice(0, first < 0 ? Math.max(0, series.length - 1) : first);
    }
  }
}

const isNeeded = ({ end, kind }: Window, oldest: Ms): boolean =>
  end + (isCalendarKind(kind) ? WINDOW_LENGTH[kind] : 0) >= oldest;

/** Where the last window that starts by `start` is; −1 where there is none. */
const placeOf = (series: readonly Evaluation[], start: Ms): number =>
  series.findLastIndex(({ window }) => window.start <= start);

function named(known: ReadonlySet<string>, key: string): void {
  if (!known.has(key)) throw new RangeError(`revise looks for ${key}, which lookups does not name`);
}
