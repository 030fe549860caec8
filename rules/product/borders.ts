import { beyond, FOREVER, isUsable, newest, nothing, type Outcome, type Reading } from '../meter/contract.ts';
import { followsAs, isBlank, sameId } from '../meter/sequence.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms, RawValue } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { endOf, MOST_STRETCHES, NOWHERE, placeAt, type Stretch, stretchFrom, turn } from './stretch.ts';

export type ProductSpec = Extract<MeterSpec, { kind: 'product' }>;

/** The last usable reading of a tag; `isBroken` after a bad one, `unread` when nobody has answered since. */
interface Heard {
  readonly t: Ms;
  readonly value: RawValue;
  readonly isBroken: boolean;
  readonly unread?: Ms;
}

interface Border {
  readonly t: Ms;
  readonly kind: Stretch['kind'];
  /** It was somewhere in a gap that began then; null where it was seen. */
  readonly doubtFrom: Ms | null;
}

export interface ProductState {
  readonly stretches: readonly Stretch[];
  /** Up to when it is known how the time is divided. */
  readonly knownTo: Ms;
  /** Up to when it is known which pieces are whose. */
  readonly namedTo: Ms;
  /** By input. */
  readonly heard: readonly (Heard | null)[];
  /** Borders and pieces that wait until the other tags have come so far. */
  readonly borders: readonly Border[];
  readonly named: readonly { readonly id: string; readonly t: Ms }[];
  /** The last identities, oldest first, and whether the present one did not follow by one. */
  readonly recent: readonly RawValue[];
  readonly odd: boolean;
  /** Amounts of meters whose time is not divided yet. */
  readonly waiting: Readonly<Record<string, readonly Segment[]>>;
}

export const productStart: ProductState = {
  ...{ stretches: [], knownTo: NOWHERE, namedTo: NOWHERE, heard: [null, null, null], borders: [], named: [] },
  ...{ recent: [], odd: false, waiting: {} },
};

const MOST_RECENT = 32;
const HOUR: Ms = 3_600_000;

/** Borders and identities kept while another tag is not heard of. */
const MOST_WAITING = 2_000;

/** What divides the time, by input; the identity, which names the pieces, comes last. */
export function readProduct(spec: ProductSpec, before: ProductState, reading: Reading): Outcome<ProductState> {
  const outcome = read(spec, before, reading);
  const { stretches, borders, named } = outcome.state;
  const dropped = beyond(
    [stretches, MOST_STRETCHES, 'pieces and pauses that may be revised'],
    [borders, MOST_WAITING, 'beginnings and ends of pieces of which another tag has not been read'],
    [named, MOST_WAITING, 'identities of pieces of which another tag has not been read'],
  );
  if (!dropped) return outcome;
  const state = {
    ...{ ...outcome.state, stretches: newest(stretches, MOST_STRETCHES) },
    ...{ borders: newest(borders, MOST_WAITING), named: newest(named, MOST_WAITING) },
  };
  return { ...outcome, state, dropped };
}

function read(spec: ProductSpec, before: ProductState, reading: Reading): Outcome<ProductState> {
  const last = before.heard[reading.input] ?? null;
  if (!isUsable(reading)) {
    const broken = reading.unread ? { unread: reading.t } : { isBroken: true };
    const heard = last ? before.heard.with(reading.input, { ...last, ...broken }) : before.heard;
    return nothing({ ...before, heard });
  }
  const { t, value } = reading;
  const heard = before.heard.with(reading.input, { t, value, isBroken: false });
  const isGap = last !== null && (last.isBroken || t - last.t > spec.maxGap || (last.unread ?? FOREVER) < t);
  const doubtFrom = isGap ? last.t : null;
  const state = settled(spec, divided(spec, { ...before, heard }, reading, last, doubtFrom));
  return { state, segments: timeInLine(before, state), notes: [] };
}

function divided(
  spec: ProductSpec,
  state: ProductState,
  reading: Reading,
  last: Heard | null,
  doubtFrom: Ms | null,
): ProductState {
  const { t, input } = reading;
  const value = reading.value!;
  if (input === identityOf(spec)) {
    const seen = appeared(spec, state, { t, value }, last);
    const isBorder = input === 0 && seen.named.length > state.named.length;
    return isBorder ? pieceEnded(spec, seen, t, doubtFrom) : seen;
  }
  if (spec.inLine !== undefined) return inLine(state, { t, value }, last, doubtFrom);
  const isChange = last !== null && !sameId(last.value, value) && !isNothing(value);
  return isChange ? bordered(state, { t, kind: input === 0 ? 'piece' : 'idle', doubtFrom }) : state;
}

export const identityOf = ({ inLine: tag, starts }: ProductSpec): number =>
  tag !== undefined ? 1 : starts !== undefined ? 2 : 0;

const isNothing = (value: RawValue): boolean => isBlank(value) || Number(value) === 0;

type Said = Pick<Heard, 't' | 'value'>;

/**
 * The tag's own word holds until its next reading. A piece that is in the line when it is first heard of began nobody
 * knows when. Over a gap a piece goes on, or begins or ends in doubt; between two readings of none one may have passed.
 */
function inLine(state: ProductState, { t, value }: Said, last: Heard | null, doubtFrom: Ms | null): ProductState {
  const kind = isNothing(value) ? 'idle' : 'piece';
  if (!last) return bordered(state, { t, kind: kind === 'piece' ? 'unknown' : 'idle', doubtFrom: null });
  if ((isNothing(last.value) ? 'idle' : 'piece') !== kind) return bordered(state, { t, kind, doubtFrom });
  if (doubtFrom === null || kind === 'piece') return state;
  const from = bordered(state, { t: last.t, kind: 'unknown', doubtFrom: null });
  return bordered(from, { t, kind, doubtFrom: null });
}

function bordered(state: ProductState, border: Border): ProductState {
  return { ...state, borders: [...state.borders, border].sort((a, b) => a.t - b.t || rank(a) - rank(b)) };
}

/** At one instant, what ends goes before what begins. */
const rank = ({ kind }: Border): number => (kind === 'piece' ? 1 : 0);

/** From piece to piece: one ends where its identity appears, and began `longest` before that at the earliest. */
function pieceEnded({ longest }: ProductSpec, state: ProductState, t: Ms, doubtFrom: Ms | null): ProductState {
  const end: Border = { t, kind: 'piece', doubtFrom };
  const last = state.stretches.at(-1);
  if (longest === undefined || !last || last.kind === 'unknown' || last.start >= t - longest)
    return bordered(state, end);
  const began: Border = { t: t - longest, kind: 'piece', doubtFrom: doubtFrom === null ? null : doubtFrom - longest };
  const idle: Border = { t: last.start, kind: 'idle', doubtFrom: null };
  return { ...state, borders: [...(last.kind === 'idle' ? [] : [idle]), began, end] };
}

/** A new identity is a piece, unless it is one that was seen, or a momentary error. */
function appeared(spec: ProductSpec, state: ProductState, { t, value: id }: Said, last: Heard | null): ProductState {
  if (!last || state.recent.length === 0) return isBlank(id) ? state : { ...state, recent: [id] };
  if (isBlank(id) || sameId(state.recent.at(-1)!, id)) return state;
  const follows = followsAs(id, state.recent, state.odd, spec.sequence ?? true);
  const odd = follows === 'gap' || follows === 'restart' || follows === 'cleared';
  const recent = newest([...state.recent, id], MOST_RECENT);
  const next = { ...state, recent, odd };
  return follows === 'again' || follows === 'cleared'
    ? next
    : { ...next, named: [...state.named, { id: String(id), t }] };
}

/** Takes the borders and names that all tags have come up to. */
function settled(spec: ProductSpec, state: ProductState): ProductState {
  const heardTo = heardUpTo(spec, state);
  if (heardTo === NOWHERE) return state;
  const first = state.stretches.length === 0 ? [stretchFrom('unknown', heardTo)] : state.stretches;
  const stretches = state.borders
    .filter(({ t }) => t <= heardTo)
    .reduce<readonly Stretch[]>((all, { t, kind, doubtFrom }) => turn(all, kind, t, doubtFrom), first);
  const borders = state.borders.filter(({ t }) => t > heardTo);
  const idled = withIdle(spec, stretches, heardTo);
  const knownTo = Math.max(state.knownTo, knownIn(spec, idled, heardTo));
  const named = state.named.filter(({ t }) => t > heardTo);
  const names = state.named.filter(({ t }) => t <= heardTo);
  const namedTo = Math.min(heardTo, state.heard[identityOf(spec)]?.t ?? NOWHERE);
  return { ...state, borders, named, knownTo, namedTo, stretches: names.reduce(withName, idled) };
}

/** Up to when all tags that set borders were heard. */
function heardUpTo(spec: ProductSpec, { heard }: ProductState): Ms {
  const count = identityOf(spec);
  const tags = count === 0 ? heard.slice(0, 1) : heard.slice(0, count);
  return tags.reduce((least, tag) => Math.min(least, tag?.t ?? NOWHERE), Number.MAX_SAFE_INTEGER);
}

/** With a longest time for a piece, the line is idle before that time as long as none has come. */
function withIdle({ longest }: ProductSpec, stretches: readonly Stretch[], heardTo: Ms): readonly Stretch[] {
  const last = stretches.at(-1);
  if (longest === undefined || last?.kind !== 'piece' || last.start >= heardTo - longest) return stretches;
  return [...stretches.slice(0, -1), { ...stretchFrom('idle', last.start), statusCode: last.statusCode }];
}

function knownIn({ longest }: ProductSpec, stretches: readonly Stretch[], heardTo: Ms): Ms {
  const last = stretches.at(-1)!;
  if (longest === undefined || last.kind === 'unknown') return heardTo;
  return Math.max(last.start, heardTo - longest);
}

/** A piece is that of the stretch that began last before its identity appeared. */
function withName(stretches: readonly Stretch[], name: { id: string; t: Ms }): readonly Stretch[] {
  const place = stretches.findLastIndex(({ kind, start }) => kind === 'piece' && start < name.t);
  if (place < 0) return stretches;
  const stretch = stretches[place]!;
  return stretches.with(place, { ...stretch, pieces: [...stretch.pieces, name] });
}

/** The meter's own amount: hours with a piece in the line. */
function timeInLine(before: ProductState, { stretches, knownTo }: ProductState): Segment[] {
  const from = Math.max(before.knownTo, stretches[0]?.start ?? knownTo);
  if (before.knownTo === NOWHERE || from >= knownTo) return [];
  return stretches.slice(Math.max(0, placeAt(stretches, from))).flatMap((stretch): Segment[] => {
    const [start, end] = [Math.max(from, stretch.start), Math.min(knownTo, endOf(stretch))];
    if (end <= start || stretch.kind === 'unknown') return [];
    const amount = stretch.kind === 'piece' ? (end - start) / HOUR : 0;
    return [
      {
        ...{ start, end, amount, bend: 0 },
        ...{ knowledge: 'measured', statusCode: stretch.statusCode, flags: NO_FLAGS },
      },
    ];
  });
}
