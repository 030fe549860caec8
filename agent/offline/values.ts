import type { RawValue, Sample } from '../../rules/sample.ts';

/** What a cell of a table says of its tag; null for an empty one: no reading. */
export type Cell = Pick<Sample, 'value' | 'statusCode'> & { readonly reason?: string };

/**
 * `12.5`: good; `12.5?`: uncertain; `bad` or `bad: why`: a bad reading. What is no number is an identity in text; a whole
 * number beyond 2^53 stays exact.
 */
export function readCell(text: string): Cell | null {
  if (text === '') return null;
  const [, reason] = /^bad(?::\s*(.*))?$/.exec(text) ?? [null];
  if (/^bad(:|$)/.test(text)) return { value: null, statusCode: 'bad', ...(reason && { reason }) };
  if (text.endsWith('?')) return { value: readValue(text.slice(0, -1).trim()), statusCode: 'uncertain' };
  return { value: readValue(text), statusCode: 'good' };
}

export function readValue(text: string): RawValue {
  if (/^[+-]?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
