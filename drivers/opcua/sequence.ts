/** Numbers of a subscription's messages go up to here, and then on from 1 (OPC UA Part 4, 7.14). */
const LAST = 0xffff_ffff;

/** The number after `number`; 0 is before the first. */
export const after = (number: number): number => (number % LAST) + 1;

/** How many messages `b` comes after `a`; negative when it comes before. */
export function distance(a: number, b: number): number {
  const forward = (((b - a) % LAST) + LAST) % LAST;
  return forward > LAST / 2 ? forward - LAST : forward;
}
