import { derivedStart } from './derived.ts';
import { type Draft, refreshDue } from './draft.ts';
import { chargeFrom } from './meter/charge.ts';
import type { MeterMind } from './meter/meter.ts';
import type { Plan } from './plan.ts';
import { productStart } from './product/borders.ts';
import type { Ms } from './sample.ts';
import type { MeterState, State } from './state.ts';

/** The agent's own clock may be set, or the agent may sleep: neither must count anything twice or stop the metering. */

/** A step so much after it was due, and after the one before it: the agent was stopped, or its clock was set forward. */
const OVERSLEPT: Ms = 10_000;

/** From when inputs get their time to report before windows close without them; the later of a start and of a long sleep. */
export function resumedAt(plan: Plan, state: State, now: Ms): Ms {
  if (isSetBack(plan, state, now)) return Math.min(state.resumedAt, now);
  return Math.max(state.due, state.steppedAt) < now - OVERSLEPT ? Math.max(state.resumedAt, now) : state.resumedAt;
}

/** The clock went back by more than order within `grace` makes good. */
export const isSetBack = (plan: Plan, state: State, now: Ms): boolean => now < state.steppedAt - plan.grace;

/** What was stamped with times that are now to come would shut out every reading until then: it is taken for just read. */
export function setBack(draft: Draft, from: Ms): void {
  const { plan, now } = draft;
  const latest = now + plan.allowedSkew;
  for (const index of plan.meters.keys()) {
    const state = draft.meters.get(index);
    if (state.settled.some((t) => t > latest)) draft.meters.set(index, putBack(state, now, latest));
  }
  plan.tags.forEach(({ id, derivation }, index) => {
    if (draft.tags.at(index) <= latest) return;
    draft.tags.putAt(index, now);
    if (derivation) draft.derived.set(id, derivedStart(derivation));
  });
  for (const index of plan.groups.keys()) refreshDue(draft, index);
  const detail = `the agent's clock was set back by ${from - now} ms`;
  const [first] = plan.meters;
  if (first) draft.outputs.push({ type: 'note', meter: first.id, event: 'clock-set-back', detail });
}

const putBack = (state: MeterState, now: Ms, latest: Ms): MeterState => ({
  ...state,
  mind: mindBack(state.mind, now),
  pending: state.pending.filter((reading) => reading.t <= latest),
  settled: state.settled.map((t) => Math.min(t, now)),
});

function mindBack(mind: MeterMind, now: Ms): MeterMind {
  switch (mind.kind) {
    case 'counter': {
      const { base } = mind.of;
      const put = base && { ...base, t: Math.min(base.t, now), statusCode: 'uncertain' as const };
      return { kind: 'counter', of: { ...mind.of, base: put, suspect: null } };
    }
    case 'gauge':
      return { kind: 'gauge', of: { last: null, bad: null } };
    case 'event': {
      const { weights } = mind.of;
      const last = weights.at(-1);
      const put = last ? [{ ...last, t: Math.min(last.t, now) }] : [];
      return { kind: 'event', of: { ...mind.of, t: now, weights: put, weighedAt: now, pieces: [] } };
    }
    case 'product':
      return { kind: 'product', of: productStart };
    case 'idle':
      return { kind: 'idle', of: { t: Math.min(mind.of.t, now) } };
    case 'faraday': {
      const last = mind.of.cells.at(-1);
      const cells = last ? [{ ...last, t: Math.min(last.t, now) }] : [];
      const charge = mind.of.charge && { charge: chargeFrom(now) };
      return { kind: 'faraday', of: { ...mind.of, points: [], bad: null, cells, ...charge } };
    }
  }
}
