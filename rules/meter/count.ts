/** A register's count: a number, or exact beyond 2^53. The two may meet in one series. */
export type Count = number | bigint;

const isWhole = (count: Count): boolean => typeof count === 'bigint' || Number.isInteger(count);
const isExact = (a: Count, b: Count): boolean =>
  (typeof a === 'bigint' || typeof b === 'bigint') && isWhole(a) && isWhole(b);

/** b − a, exact whenever one of them is. */
export function minus(b: Count, a: Count): Count {
  return isExact(a, b) ? BigInt(b) - BigInt(a) : Number(b) - Number(a);
}

export const plus = (delta: Count, modulus: Count): number =>
  isExact(delta, modulus) ? Number(BigInt(delta) + BigInt(modulus)) : Number(delta) + Number(modulus);

/** What the difference of two floating counts may be off by; 0 for whole ones. */
export const differ = (a: Count, b: Count): number =>
  isWhole(a) && isWhole(b) ? 0 : 2 ** -51 * Math.max(Math.abs(Number(a)), Math.abs(Number(b)));

/** As JSON has it: a count beyond 2^53 is text. */
export const countText = (count: Count): number | string => (typeof count === 'bigint' ? `${count}` : count);
