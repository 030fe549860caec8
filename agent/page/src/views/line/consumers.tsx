import { useExplain, useSpeech } from '../../context.ts';
import type { Line, Meter, WindowKind } from '../../contract.ts';
import { figureKey, type PageState } from '../../state/state.ts';
import { hasValue, mainWindow } from '../../state/verdict.ts';
import { Caveat, FigureText } from '../overview/figureText.tsx';

/** What the line's meters counted in the running window, each quantity's meters as shares of their sum. */
export function Consumers({ line, state }: { line: Line; state: PageState }) {
  const { t } = useSpeech();
  const main = line.metrics.find(({ id }) => id === line.main);
  const kind = main ? mainWindow(main) : 'shift';
  const groups = [...Map.groupBy(line.meters, ({ quantity, unit }) => `${quantity}|${unit}`).values()];
  return (
    <section class="sheet consumers">
      <h3>{t('amounts.title', { window: t(`window.${kind}`) })}</h3>
      {groups.map((meters) => (
        <ul key={meters[0]!.id}>
          {meters.map((meter) => (
            <Consumer key={meter.id} meter={meter} meters={meters} kind={kind} state={state} />
          ))}
        </ul>
      ))}
    </section>
  );
}

interface ConsumerProps {
  meter: Meter;
  meters: readonly Meter[];
  kind: WindowKind;
  state: PageState;
}

function Consumer({ meter, meters, kind, state }: ConsumerProps) {
  const { language } = useSpeech();
  const explain = useExplain();
  const figure = state.figures.get(figureKey(meter.id, kind));
  const most = Math.max(...meters.map(({ id }) => state.figures.get(figureKey(id, kind))?.value ?? 0));
  return (
    <li>
      <a href={explain({ metric: meter.id, window: kind, at: 'now' })}>{meter.name[language]}</a>
      <Caveat figure={figure} brief />
      <strong>
        <FigureText figure={figure} />
      </strong>
      {meters.length > 1 && hasValue(figure) && (
        <meter min={0} max={most || 1} value={figure.value} aria-hidden="true" />
      )}
    </li>
  );
}
