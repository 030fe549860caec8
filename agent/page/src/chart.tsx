import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export type ChartOptions = Omit<uPlot.Options, 'width' | 'height'>;

interface Props {
  /** Given the width that there is, in CSS pixels. */
  options: (width: number) => ChartOptions;
  data: uPlot.AlignedData;
  /** Says what is drawn to those who do not see it. */
  label: string;
}

/** A uPlot drawing that fills its box; drawn anew when options, data or the box change, but not while somebody drags over it. */
export function Chart({ label, ...given }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [isHeld, hold] = useState(false);
  const drawn = useRef(given);
  if (!isHeld) drawn.current = given;
  const { options, data } = drawn.current;
  useEffect(() => {
    const element = box.current!;
    let plot: uPlot | null = null;
    const observer = new ResizeObserver(() => {
      plot?.destroy();
      const { clientWidth: width, clientHeight: height } = element;
      plot = width > 0 && height > 0 ? new uPlot({ ...options(width), width, height }, data, element) : null;
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot?.destroy();
    };
  }, [options, data]);
  const held = (): void => {
    hold(true);
    // At the window: after uPlot, which listens at the document, has chosen what was dragged over.
    window.addEventListener('mouseup', () => hold(false), { once: true });
  };
  return <div class="chart" role="img" aria-label={label} ref={box} onMouseDown={held} />;
}

/** The style sheet's colours for what is drawn on a canvas. */
export interface Colours {
  readonly ink: string;
  readonly quiet: string;
  readonly rule: string;
  readonly surface: string;
  readonly line: string;
  readonly over: string;
  readonly overTint: string;
  readonly idle: string;
}

const read = (): Colours => {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    quiet: colour('quiet'),
    rule: colour('rule'),
    surface: colour('surface'),
    line: colour('line'),
    over: colour('over'),
    overTint: colour('over-tint'),
    idle: colour('idle'),
  };
};

/** The colours of the running scheme, light or dark. */
export function useColours(): Colours {
  const [colours, setColours] = useState(read);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const change = (): void => setColours(read());
    dark.addEventListener('change', change);
    return () => dark.removeEventListener('change', change);
  }, []);
  return colours;
}

/** The root's font size in CSS pixels: canvas text grows with the page's. */
export const rem = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
