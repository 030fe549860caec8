import { lost } from '../accumulator.ts';
import type { Ms } from '../sample.ts';

/** What is gathered in the lane, as an accumulator has it, with what its working will ask for: six numbers in a row. */
export interface Gathered {
  sum: number;
  carry: number;
  /** Of these two only what came in the lane. */
  known: Ms;
  readings: number;
  /** The least and the most rate. */
  least: number;
  most: number;
}

/** Puts what stands in `rows` from a place on into `into`. */
export function getGathered(rows: readonly number[], place: number, into: Gathered): void {
  into.sum = rows[place]!;
  into.carry = rows[place + 1]!;
  into.known = rows[place + 2]!;
  into.readings = rows[place + 3]!;
  into.least = rows[place + 4]!;
  into.most = rows[place + 5]!;
}

export function putGathered(rows: number[], place: number, from: Readonly<Gathered>): void {
  rows[place] = from.sum;
  rows[place + 1] = from.carry;
  rows[place + 2] = from.known;
  rows[place + 3] = from.readings;
  rows[place + 4] = from.least;
  rows[place + 5] = from.most;
}

/** Adds what was gathered elsewhere to what stands in `rows`, as `combine` has it. */
export function addGathered(rows: number[], place: number, from: Readonly<Gathered>): void {
  addAmount(rows, place, from.sum);
  addAmount(rows, place, from.carry);
  rows[place + 2]! += from.known;
  rows[place + 3]! += from.readings;
  rows[place + 4] = Math.min(rows[place + 4]!, from.least);
  rows[place + 5] = Math.max(rows[place + 5]!, from.most);
}

function addAmount(rows: number[], place: number, amount: number): void {
  rows[place + 1]! += lost(rows[place]!, amount);
  rows[place]! += amount;
}

export function add(to: Gathered, amount: number, duration: Ms): void {
  to.carry += lost(to.sum, amount);
  to.sum += amount;
  to.known += duration;
}
