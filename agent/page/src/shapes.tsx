import type { VerdictWord } from './state/verdict.ts';

type Kind = 'check' | 'alarm' | 'doubt' | 'pause' | 'ring' | 'dot' | 'up' | 'down' | 'level';

/** Signs that differ by shape, not only by colour; drawn in the colour of the text, on a 24 grid. */
const PATHS: Readonly<Record<Kind, string>> = {
  check: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.6 14.6-4.3-4.3 1.7-1.7 2.6 2.6 5.8-5.8 1.7 1.7Z',
  alarm: 'M12 2 1 21.5h22ZM10.8 9h2.4v6h-2.4Zm0 7.4h2.4v2.4h-2.4Z',
  doubt: 'M12 2 1 21.5h22ZM12 6.6l7.3 12.7H4.7ZM10.9 10.4h2.2v4.3h-2.2Zm0 5.4h2.2V18h-2.2Z',
  pause: 'M3 3h18v18H3Zm4.5 4.5v9h3v-9Zm6 0v9h3v-9Z',
  ring: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 2.6a7.4 7.4 0 1 1 0 14.8 7.4 7.4 0 0 1 0-14.8Z',
  dot: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z',
  up: 'M12 4l8 9h-5v7H9v-7H4Z',
  down: 'M12 20l-8-9h5V4h6v7h5Z',
  level: 'M4 8h16v3H4Zm0 5h16v3H4Z',
};

export const VERDICT_SHAPE: Readonly<Record<VerdictWord, Kind>> = {
  within: 'check',
  over: 'alarm',
  estimateOver: 'doubt',
  uncertainOver: 'doubt',
  noProduction: 'pause',
  notJudged: 'ring',
};

/** Of what a figure or a signal is worth. */
export const STATUS_SHAPE = { good: 'check', uncertain: 'doubt', bad: 'alarm' } as const;

export function Shape({ kind }: { kind: Kind }) {
  return (
    <svg class="shape" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[kind]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
