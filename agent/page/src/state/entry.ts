import type { Line, Meter, PlantDescription } from '../contract.ts';
import { instantOf, isoOf } from './plantTime.ts';

export type EntryType = Meter['entries'][number];
export const ENTRY_TYPES: readonly EntryType[] = ['piece', 'correction', 'inventory', 'cells', 'swap'];

/** What stands in the form, as typed; times as the plant's clocks show them. */
export interface Draft {
  readonly type: EntryType;
  readonly meter: string;
  /** Of this entry alone, so that saying it twice counts once. */
  readonly key: string;
  readonly piece: string;
  readonly amount: string;
  readonly cells: string;
  readonly at: string;
  readonly removedAt: string;
  readonly last: string;
  readonly installedAt: string;
  readonly first: string;
}
export type Field = Exclude<keyof Draft, 'type' | 'meter' | 'key'>;

/** What each sort of entry asks for, in the order in which one fills it in. */
export const FIELDS: Readonly<Record<EntryType, readonly Field[]>> = {
  piece: ['piece', 'amount', 'at'],
  correction: ['piece', 'amount'],
  inventory: ['amount', 'at'],
  cells: ['cells', 'at'],
  swap: ['removedAt', 'last', 'installedAt', 'first'],
};
const TIMES: readonly Field[] = ['at', 'removedAt', 'installedAt'];
export const isTime = (field: Field): boolean => TIMES.includes(field);

/** Meters of all lines that take this sort of entry. */
export const takers = ({ lines }: Pick<PlantDescription, 'lines'>, type: EntryType): { line: Line; meter: Meter }[] =>
  lines.flatMap((line) =>
    line.meters.filter(({ entries }) => entries.includes(type)).map((meter) => ({ line, meter })),
  );

/**
 * An empty form for a sort of entry; times are now. The meter is filled in only where there is no other, of `line` or of
 * the plant: a weight entered for the wrong line would make two false figures.
 */
export function draftOf(plant: PlantDescription, type: EntryType, now: string, line?: string): Draft {
  const all = takers(plant, type);
  const ofLine = all.filter((taker) => taker.line.id === line);
  const [only, ...others] = ofLine.length > 0 ? ofLine : all;
  const meter = others.length === 0 ? (only?.meter.id ?? '') : '';
  const empty = { piece: '', amount: '', cells: '', last: '', first: '' };
  return { type, meter, key: newKey(), ...empty, at: now, removedAt: now, installedAt: now };
}

/** The same once more, as an entry of its own. */
export const renewed = (draft: Draft): Draft => ({ ...draft, key: newKey() });

/** Random: an operator's page on plain http has no `crypto.randomUUID`. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The draft as the agent takes it. A count is text, so that one beyond 2^53 stays exact; so is one with a fraction a number. */
export function bodyOf(draft: Draft, by: string, timeZone: string): Record<string, unknown> {
  const { type, meter, key } = draft;
  const fields = FIELDS[type].map((field) => [field, said(field, draft[field].trim(), timeZone)]);
  return { type, meter, key, by, ...Object.fromEntries(fields) };
}

function said(field: Field, text: string, timeZone: string): string | number {
  if (isTime(field)) return isoOf(instantOf(text, timeZone), timeZone);
  if (field === 'piece') return text;
  if (field === 'amount' || field === 'cells') return Number(text);
  return /^\d+$/.test(text) ? text : Number(text);
}
