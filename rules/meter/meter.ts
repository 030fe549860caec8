import type { MeterSpec } from '../plan.ts';
import { type ProductState, productStart, readProduct } from '../product/borders.ts';
import type { Ms } from '../sample.ts';
import type { Segment } from '../segment.ts';
import { type Dropped, NEVER, type Note, type Outcome, type Reading } from './contract.ts';
import { type CounterState, counterStart } from './counter.ts';
import { type EventState, eventStart, readEvent } from './event.ts';
import { type FaradayState, faradayStart, readFaraday } from './faraday.ts';
import { readWatched } from './frozen.ts';
import { type GaugeState, gaugeStart, readGauge } from './gauge.ts';
import { readRegister } from './swap.ts';

export type MeterMind =
  | { readonly kind: 'counter'; readonly of: CounterState }
  | { readonly kind: 'gauge'; readonly of: GaugeState }
  | { readonly kind: 'event'; readonly of: EventState }
  | { readonly kind: 'faraday'; readonly of: FaradayState }
  | { readonly kind: 'product'; readonly of: ProductState }
  /** Up to when its source was divided. */
  | { readonly kind: 'idle'; readonly of: { readonly t: Ms } };

export function startMind(meter: MeterSpec): MeterMind {
  switch (meter.kind) {
    case 'counter':
      return { kind: 'counter', of: counterStart };
    case 'gauge':
      return { kind: 'gauge', of: gaugeStart };
    case 'event':
      return { kind: 'event', of: eventStart };
    case 'faraday':
      return { kind: 'faraday', of: faradayStart(meter) };
    case 'product':
      return { kind: 'product', of: productStart };
    case 'idle':
      return { kind: 'idle', of: { t: NEVER } };
  }
}

export interface Minded {
  readonly mind: MeterMind;
  readonly segments: readonly Segment[];
  readonly notes: readonly Note[];
  readonly dropped?: Dropped | undefined;
}

export const minded = <S>(kind: MeterMind['kind'], { state, ...told }: Outcome<S>): Minded => ({
  mind: { kind, of: state } as MeterMind,
  ...told,
});

/** Gives a reading to the meter's own rule. */
export function readMeter(meter: MeterSpec, mind: MeterMind, reading: Reading): Minded {
  if (meter.kind === 'counter' && mind.kind === 'counter')
    return minded('counter', (meter.frozen ? readWatched : readRegister)(meter, mind.of, reading));
  if (meter.kind === 'gauge' && mind.kind === 'gauge') return minded('gauge', readGauge(meter, mind.of, reading));
  if (meter.kind === 'event' && mind.kind === 'event') return minded('event', readEvent(meter, mind.of, reading));
  if (meter.kind === 'faraday' && mind.kind === 'faraday')
    return minded('faraday', readFaraday(meter, mind.of, reading));
  if (meter.kind === 'product' && mind.kind === 'product')
    return minded('product', readProduct(meter, mind.of, reading));
  throw new TypeError(`meter ${meter.id} is a ${meter.kind} with the state of a ${mind.kind}`);
}

/** Up to when the meter knows its quantity. */
export function knownUpTo(mind: MeterMind): Ms {
  switch (mind.kind) {
    case 'counter':
      return mind.of.base?.t ?? -Infinity;
    case 'gauge':
      return mind.of.last?.t ?? -Infinity;
    case 'faraday':
      return mind.of.points.at(-1)?.t ?? -Infinity;
    case 'event':
      return mind.of.id === null ? -Infinity : mind.of.t;
    case 'product':
      return mind.of.knownTo;
    case 'idle':
      return mind.of.t;
  }
}
