import { takeInto } from './close.ts';
import { aroundMeter, type Draft, refreshDue } from './draft.ts';
import type { Entry } from './entry.ts';
import { takeOutcome } from './gather.ts';
import { concernedBy, enter } from './meter/byHand.ts';
import { beyond, type Dropped, newest } from './meter/contract.ts';
import type { Minded } from './meter/meter.ts';
import { counted } from './refusal.ts';
import type { Ms } from './sample.ts';
import type { Segment } from './segment.ts';
import { openFirst } from './settle.ts';
import type { Span } from './state.ts';

/** Operators' entries: what they concern that is closed already is revised, like anything that comes late. */

/** An entry that was taken, or refused: known again for as long as it could change anything. */
export interface Entered {
  readonly key: string;
  readonly at: Ms;
}

/** Keys kept; the oldest go first, and an entry given again after so many others would count again. */
const MOST_KEYS = 10_000;

/** Takes an entry unless its key was seen. Whatever becomes of it is handed on, so that it can be recorded. */
export function takeEntry(draft: Draft, entry: Entry): void {
  const { plan, now } = draft;
  if (draft.entered.some(({ key }) => key === entry.key)) return;
  const kept = draft.entered.filter(({ at }) => at >= now - plan.reviseWithin);
  const keys = [...kept, { key: entry.key, at: now }];
  draft.entered = newest(keys, MOST_KEYS);
  forget(draft, entry, beyond([keys, MOST_KEYS, 'entries within the time that may be revised']));
  const position = draft.outputs.length;
  const outcome = timeFault(draft, entry) ?? applied(draft, entry);
  const refused = typeof outcome === 'string' ? outcome : null;
  const about = aboutOf(entry, typeof outcome === 'string' ? [] : outcome);
  draft.outputs.splice(position, 0, { type: 'entry', entry, refused, about });
}

/** A piece that was known counts at its own time, whatever time was entered. */
function aboutOf(entry: Entry, segments: readonly Segment[]): Span | null {
  if (entry.type === 'swap') return { from: entry.removedAt, to: entry.installedAt };
  const counted = entry.type === 'cells' ? undefined : segments.find(({ flags }) => flags.includes('manual'));
  const at = counted?.start ?? effectOf(entry);
  return at === null ? null : { from: at, to: at };
}

function forget(draft: Draft, { meter }: Entry, dropped: Dropped | undefined): void {
  const index = draft.plan.meterIndex.get(meter);
  if (index !== undefined)
    draft.meters.set(index, counted(aroundMeter(draft, index, []), draft.meters.get(index), dropped));
}

/** When what is entered took effect; a correction does when its piece did. */
function effectOf(entry: Entry): Ms | null {
  if (entry.type === 'correction') return null;
  return entry.type === 'swap' ? entry.installedAt : entry.at;
}

function timeFault({ plan, now }: Draft, entry: Entry): string | null {
  const effect = effectOf(entry);
  if (effect === null) return null;
  if (effect > now + plan.allowedSkew) return 'its time is still to come';
  return effect < now - plan.reviseWithin ? 'its time is too long ago to be revised' : null;
}

/** What it has led to when all meters that it concerns have taken it; otherwise why not. */
function applied(draft: Draft, entry: Entry): readonly Segment[] | string {
  const { plan } = draft;
  const named = plan.meterIndex.get(entry.meter);
  if (named === undefined) return `there is no meter ${entry.meter}`;
  const outcomes: [index: number, outcome: Minded][] = [];
  for (const index of concernedBy(entry, named, plan.meters)) {
    const outcome = enter(plan.meters[index]!, draft.meters.get(index).mind, entry);
    if (typeof outcome === 'string') return outcome;
    outcomes.push([index, outcome]);
  }
  for (const [index, outcome] of outcomes) takeEntered(draft, index, outcome, effectOf(entry) ?? draft.now);
  return outcomes.flatMap(([, { segments }]) => segments);
}

function takeEntered(draft: Draft, index: number, outcome: Minded, at: Ms): void {
  const group = draft.plan.groupOf[index]!;
  const next = draft.groups.next(group) ?? openFirst(draft, group, at);
  draft.meters.set(index, takeOutcome(aroundMeter(draft, index, next), draft.meters.get(index), outcome));
  takeInto(draft, group, []);
  refreshDue(draft, group);
}
