import uPlot from 'uplot';
import { type ChartOptions, type Colours, rem } from '../../chart.tsx';
import type { Bound } from '../../contract.ts';
import type { Format } from '../../format.ts';
import type { TrendPoint } from '../../state/trend.ts';

export interface TrendLook {
  readonly colours: Colours;
  readonly format: Format;
  readonly timeZone: string;
}

/** Firm: a full line with full points. Soft: dashed and hollow. Windows without a figure: a gap on a grey band. */
export function trendOptions(
  points: readonly TrendPoint[],
  limit: Bound | null,
  look: TrendLook,
  width: number,
): ChartOptions {
  const { colours, timeZone } = look;
  const size = Math.min(rem() * 0.4, width / points.length);
  const line: uPlot.Series = { stroke: colours.line, width: 2.5 };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [rem() * 0.5, rem() * 1.5, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), timeZone),
    scales: { x: { range: () => span(points) }, y: { range: () => reach(points, limit) } },
    series: [
      {},
      { ...line, points: { show: true, size, fill: colours.line, stroke: colours.line } },
      {
        ...line,
        dash: [6, 5],
        points: {
          show: true,
          size: size + 2,
          width: 2,
          fill: colours.surface,
          stroke: colours.line,
          filter: softOnes,
        },
      },
    ],
    axes: axes(look),
    hooks: {
      drawClear: [(plot) => paintGround(plot, points, limit, colours)],
      drawAxes: limit ? [(plot) => paintLimit(plot, limit, colours)] : [],
    },
  };

  function softOnes(): number[] {
    return points.flatMap(({ isSoft, value }, i) => (isSoft && value !== null ? [i] : []));
  }
}

const span = (points: readonly TrendPoint[]): [number, number] => [
  (points[0]?.start ?? 0) / 1_000,
  (points.at(-1)?.end ?? 1) / 1_000,
];

/** The limit is always in the picture, with some air around. */
function reach(points: readonly TrendPoint[], limit: Bound | null): [number, number] {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (limit) values.push(limit.bound);
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const air = (high - low) * 0.2 || Math.abs(high) * 0.01 || 1;
  return [low - air, high + air];
}

function axes({ colours, format }: TrendLook): uPlot.Axis[] {
  // uPlot scales whole pixels only.
  const font = `${Math.round(rem() * 0.9)}px system-ui, sans-serif`;
  const common: uPlot.Axis = { stroke: colours.quiet, font, ticks: { show: false } };
  const grid = { stroke: colours.rule, width: 1 };
  return [
    {
      ...common,
      size: rem() * 1.7,
      gap: rem() * 0.3,
      space: rem() * 4,
      grid: { show: false },
      incrs: [1, 2, 3, 4, 6, 12].map((hours) => hours * 3_600),
      values: (_, splits) => splits.map((seconds) => format.time(seconds * 1_000)),
    },
    {
      ...common,
      grid,
      gap: rem() * 0.4,
      space: rem() * 1.7,
      size: (plot, labels) => {
        // uPlot remembers the font that it set last.
        plot.ctx.save();
        plot.ctx.font = font;
        const widths = (labels ?? []).map((label) => plot.ctx.measureText(label).width);
        plot.ctx.restore();
        return Math.ceil(Math.max(0, ...widths)) + rem() * 0.8;
      },
      values: (_, splits, _axis, _space, step) => splits.map((value) => format.number(value, digitsLike(step))),
    },
  ];
}

/** A size whose digits tell values apart that are `step` apart. */
const digitsLike = (step: number): number => (step >= 1 ? 1_000 : step >= 0.1 ? 100 : step >= 0.01 ? 1 : 0.1);

function paintGround(plot: uPlot, points: readonly TrendPoint[], limit: Bound | null, colours: Colours): void {
  const { ctx, bbox } = plot;
  ctx.save();
  if (limit) {
    const at = plot.valToPos(limit.bound, 'y', true);
    ctx.fillStyle = colours.overTint;
    if (limit.op === '<=') ctx.fillRect(bbox.left, bbox.top, bbox.width, at - bbox.top);
    else ctx.fillRect(bbox.left, at, bbox.width, bbox.top + bbox.height - at);
  }
  for (const { start, end, value, reason } of points) {
    if (value !== null || reason === null) continue;
    const left = Math.round(plot.valToPos(start / 1_000, 'x', true));
    const width = Math.round(plot.valToPos(end / 1_000, 'x', true)) - left;
    paintBand(ctx, { left, top: bbox.top, width, height: bbox.height }, reason === 'no-production', colours.idle);
  }
  ctx.restore();
}

/** Plain for a standstill, hatched where data is missing. */
function paintBand(ctx: CanvasRenderingContext2D, box: uPlot.BBox, plain: boolean, colour: string): void {
  const { left, top, width, height } = box;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = colour;
  if (plain) ctx.fillRect(left, top, width, height);
  else {
    const step = 8 * devicePixelRatio;
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    // From a common origin, so that the hatching runs on through neighbouring bands.
    for (let x = Math.floor((left - height) / step) * step; x < left + width; x += step) {
      ctx.moveTo(x, top + height);
      ctx.lineTo(x + height, top);
    }
    ctx.stroke();
  }
  ctx.restore();
}

function paintLimit({ ctx, bbox, valToPos }: uPlot, limit: Bound, colours: Colours): void {
  const thickness = 2 * devicePixelRatio;
  ctx.fillStyle = colours.over;
  ctx.fillRect(bbox.left, valToPos(limit.bound, 'y', true) - thickness / 2, bbox.width, thickness);
}
