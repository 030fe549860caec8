import type { Bound, Flag, LiveValue, Metric, WindowKind } from '../contract.ts';

export type VerdictWord = 'within' | 'over' | 'estimateOver' | 'uncertainOver' | 'noProduction' | 'notJudged';

export interface Judgement {
  readonly word: VerdictWord;
  readonly limit: Bound | null;
  /** Distance to the bound on its good side, in the figure's unit; negative: not met. Null without a verdict. */
  readonly margin: number | null;
}

/** Slack for the arithmetic's own rounding, as the agent has it: equality meets the bound. */
const ROUNDING = 1e-12;

/** How a running figure stands to its limit, in one word. An unknown figure is never a pass. */
export function judgement(figure: LiveValue | undefined, configured: Bound | null): Judgement {
  const limit = figure?.limit ?? configured;
  if (figure?.reason === 'no-production') return { word: 'noProduction', limit, margin: null };
  if (!limit || !figure || figure.value === null || figure.statusCode === 'bad')
    return { word: 'notJudged', limit, margin: null };
  const margin = limit.op === '<=' ? limit.bound - figure.value : figure.value - limit.bound;
  if (margin >= -Math.abs(limit.bound) * ROUNDING) return { word: 'within', limit, margin: Math.max(0, margin) };
  return {
    word: isFirm(figure) ? 'over' : caveat(figure) === 'uncertain' ? 'uncertainOver' : 'estimateOver',
    limit,
    margin,
  };
}

/** The agent warns of a figure that is not firm and calls only a firm one an excursion; without its word we look. */
const isFirm = (figure: LiveValue): boolean =>
  figure.limit && figure.limit.state !== 'normal' ? figure.limit.state !== 'warning' : caveat(figure) === null;

export type Comparison = 'better' | 'worse' | 'same';
/** A difference smaller than this is no news. */
const NOTABLE = 0.002;

/** How the last hour does against the whole shift; null where one is unknown or no direction is the good one. */
export function comparison(
  recent: LiveValue | undefined,
  whole: LiveValue | undefined,
  limit: Bound | null,
): Comparison | null {
  if (!limit || !hasValue(recent) || !hasValue(whole)) return null;
  // In a shift's first hour both are the same figure.
  if (recent.window && recent.window.start === whole.window?.start) return null;
  const rise = recent.value - whole.value;
  if (Math.abs(rise) <= Math.abs(whole.value) * NOTABLE) return 'same';
  return rise < 0 === (limit.op === '<=') ? 'better' : 'worse';
}

/** Whether there is a number to show: a bad one (implausible) is not shown as a figure. */
export const hasValue = (figure: LiveValue | undefined): figure is LiveValue & { value: number } =>
  figure !== undefined && figure.value !== null && figure.statusCode !== 'bad';

/** Metal by current and efficiency, until the ladles are weighed. */
export const restsOnEstimate = (flags: readonly Flag[]): boolean =>
  flags.includes('estimate') && !flags.includes('settled');

/** What a reader must know of a figure before taking it for measured; null of a firm one. */
export function caveat(figure: LiveValue | undefined): 'estimate' | 'uncertain' | null {
  if (!hasValue(figure)) return null;
  if (restsOnEstimate(figure.flags ?? [])) return 'estimate';
  return figure.statusCode === 'uncertain' ? 'uncertain' : null;
}

const PREFERRED: readonly WindowKind[] = ['shift', 'day', 'hour', 'quarterHour', 'minute', 'month'];

/** The running window by which a metric is shown: the shift where it has one. */
export const mainWindow = ({ windows }: Pick<Metric, 'windows'>): WindowKind =>
  PREFERRED.find((kind) => windows.includes(kind)) ?? 'shift';

/** Whether a metric is formed by the calendar: others have no running figure, only one for each piece. */
export const isByCalendar = ({ windows }: Pick<Metric, 'windows'>): boolean =>
  windows.some((kind) => (PREFERRED as readonly string[]).includes(kind));

export type PieceKind = Extract<WindowKind, 'coil' | 'heat' | 'ladle'>;
const PIECES: readonly PieceKind[] = ['coil', 'heat', 'ladle'];

/** The kinds of piece that a metric is formed for. */
export const pieceKinds = ({ windows }: Pick<Metric, 'windows'>): PieceKind[] =>
  PIECES.filter((kind) => windows.includes(kind));
