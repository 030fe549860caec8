import type { Page } from 'playwright-core';
import { AgentFrame } from '../../agent/stream/frames.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';

/** What one opened page was told by the stream, as the browser received it. */
export class Heard {
  readonly #values = new Map<string, LiveValue[]>();

  constructor(page: Page) {
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => this.#take(String(payload))));
  }

  /** The newest few values of a tag, an endpoint, or a metric's running window, newest first. */
  newest(id: string, kind?: string): readonly LiveValue[] {
    return this.#values.get(key(id, kind)) ?? [];
  }

  #take(text: string): void {
    const frame = AgentFrame.parse(JSON.parse(text));
    if (frame.type !== 'live' && frame.type !== 'snapshot') return;
    for (const value of frame.values) {
      const known = this.#values.get(key(value.id, value.window?.kind)) ?? [];
      this.#values.set(key(value.id, value.window?.kind), [value, ...known.slice(0, 5)]);
    }
  }
}

const key = (id: string, kind = ''): string => `${id}|${kind}`;

/** Whether `shown`, as a page writes numbers, is one of `values` rounded. */
export function isRounded(shown: string, values: readonly (number | null)[]): boolean {
  const number = Number(shown.replaceAll(',', ''));
  const step = 10 ** -(shown.split('.')[1]?.length ?? 0);
  const near = (value: number | null): boolean => value !== null && Math.abs(value - number) <= step * 0.5001;
  return Number.isFinite(number) && values.some(near);
}
