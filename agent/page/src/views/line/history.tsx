import { useMemo, useState } from 'preact/hooks';
import { agentUrl } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { Line, PlantDescription, WindowKind } from '../../contract.ts';
import { fitted, panned, type Span, usualSpan, zoomed } from '../../state/series.ts';
import { figureKey, type PageState, plantNow } from '../../state/state.ts';
import { FigureTable } from './figureTable.tsx';
import { HistoryChart } from './historyChart.tsx';
import { useSeries } from './useSeries.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;

interface Props {
  line: Line;
  id: string;
  kind: WindowKind;
  state: PageState;
  plant: PlantDescription;
}

/** A figure's windows over a stretch of time, as a chart and as a table; it follows the present until somebody looks back. */
export function History({ line, id, kind, state, plant }: Props) {
  const { t } = useSpeech();
  const now = plantNow(state) ?? 0;
  const [fixed, fix] = useState<Span | null>(null);
  const [compares, setCompares] = useState(false);
  const asked = fixed ?? usualSpan(kind, now);
  const series = useSeries(id, kind, asked.from, asked.to);
  const { from, to } = fixed ?? fitted(asked, series.data ?? []);
  const earlier = useSeries(compares ? id : null, kind, from - DAY, to - DAY);
  const metric = line.metrics.find((one) => one.id === id);
  const chart = useMemo(() => series.data ?? [], [series.data]);
  const before = useMemo(() => (compares ? (earlier.data ?? []) : null), [compares, earlier.data]);
  const look = (span: Span): void => fix(span.to >= now - 1_000 && span.to - span.from === to - from ? null : span);
  return (
    <>
      <div class="choices">
        <Step sign="◀" words={t('line.earlier')} go={() => look(panned({ from, to }, -1, now))} />
        <Step sign="▶" words={t('line.later')} go={fixed && (() => look(panned({ from, to }, 1, now)))} />
        <Step sign="＋" words={t('line.closer')} go={() => fix(zoomed({ from, to }, 0.5, now))} />
        <Step sign="－" words={t('line.wider')} go={() => fix(zoomed({ from, to }, 2, now))} />
        <button type="button" disabled={!fixed} onClick={() => fix(null)}>
          {t('line.now')}
        </button>
        <label class="only">
          <input
            type="checkbox"
            checked={compares}
            onChange={({ currentTarget }) => setCompares(currentTarget.checked)}
          />
          {t('line.compare')}
        </label>
      </div>
      {series.error && (
        <p class="refusal" role="alert">
          {series.error.message}
        </p>
      )}
      <HistoryChart
        evaluations={chart}
        earlier={before}
        span={{ from, to }}
        limit={metric?.limit ?? null}
        timeZone={plant.timeZone}
        select={fix}
      />
      <p>
        <a href={csvUrl(id, kind, { from, to })} download>
          {t('line.csv')}
        </a>
      </p>
      <FigureTable
        line={line}
        id={id}
        evaluations={chart}
        running={to > now - MINUTE ? state.figures.get(figureKey(id, kind)) : undefined}
        now={now}
      />
    </>
  );
}

/** The stretch as a table that spreadsheets open. */
const csvUrl = (id: string, kind: WindowKind, { from, to }: Span): string =>
  agentUrl(`v1/metrics/${encodeURIComponent(id)}`, {
    ...{ window: kind, format: 'csv' },
    ...{ from: new Date(from).toISOString(), to: new Date(to).toISOString() },
  }).href;

/** A way to another stretch; null: there is none. */
function Step({ sign, words, go }: { sign: string; words: string; go: (() => void) | null }) {
  return (
    <button type="button" class="step" title={words} aria-label={words} disabled={!go} onClick={() => go?.()}>
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}
