import { inputsOf, type PlanInput, type TagSpec, takesText } from './plan.ts';

/** Which tags there are, and what each goes into. */

/**
 * In columns: every sample asks for it, and of a large plant what lies far apart has to be fetched from memory every
 * time. The nth tag feeds the meters `to` from place `first[n]` to before `first[n + 1]`.
 */
export interface Feeds {
  readonly tags: readonly string[];
  readonly ranges: readonly TagSpec['range'][];
  readonly first: Int32Array;
  readonly to: Int32Array;
  /** As which of the meter's inputs. */
  readonly input: Uint8Array;
  /** What else there is to know of the tag: the sum of the constants below. */
  readonly traits: Uint8Array;
  /** The derived tags that each goes into. */
  readonly derived: readonly (readonly Route[])[];
}

/** All that the tag goes into takes numbers only: a text is none. */
export const NUMBERS_ONLY = 1;
/** It has a range, or goes into derived tags; what that is has to be looked at of such tags only. */
export const HAS_RANGE = 2;
export const HAS_DERIVED = 4;

/** The position of a derived tag, and as which of its inputs. */
export interface Route {
  readonly to: number;
  readonly input: number;
}

const NOWHERE: readonly Route[] = [];

export function feedsOf({ tags, meters }: Pick<PlanInput, 'tags' | 'meters'>): Feeds {
  const routes = Map.groupBy(
    meters.flatMap((options, meter) => inputsOf(options).map((tag, input) => ({ tag, meter, input }))),
    ({ tag }) => tag,
  );
  const derived = Map.groupBy(
    tags.flatMap(({ derivation }, tag) => (derivation?.inputs ?? []).map((name, input) => ({ name, tag, input }))),
    ({ name }) => name,
  );
  const ofTags = tags.map(({ id }) => routes.get(id) ?? []);
  const all = ofTags.flat();
  const first = new Int32Array(tags.length + 1);
  for (const [index, { length }] of ofTags.entries()) first[index + 1] = first[index]! + length;
  return {
    tags: tags.map(({ id }) => id),
    ranges: tags.map(({ range }) => range),
    first,
    to: Int32Array.from(all, ({ meter }) => meter),
    input: Uint8Array.from(all, ({ input }) => input),
    traits: Uint8Array.from(tags, ({ id, range }, index) => {
      const isUsed = ofTags[index]!.length > 0 || derived.has(id);
      const takesNumbers = ofTags[index]!.every(({ meter, input }) => !takesText(meters[meter]!, input));
      return (
        (isUsed && takesNumbers ? NUMBERS_ONLY : 0) | (range ? HAS_RANGE : 0) | (derived.has(id) ? HAS_DERIVED : 0)
      );
    }),
    derived: tags.map(({ id }) => derived.get(id)?.map(({ tag, input }) => ({ to: tag, input })) ?? NOWHERE),
  };
}

/**
 * Finds tags by their names. A device is read in the same order again and again: which tag came after which is
 * remembered and tried first, since in the map of a large plant every look has to be fetched from far memory.
 */
export class TagNames {
  /** Each as it was told last: the very same text is told again and again, and need not be looked into then. */
  readonly #names: string[];
  readonly #index: ReadonlyMap<string, number>;
  /** By the position of the one before, and one more for the first of all. */
  readonly #next: Int32Array;

  constructor(names: readonly string[]) {
    this.#names = [...names];
    this.#index = new Map(names.map((name, index) => [name, index]));
    this.#next = Int32Array.from({ length: names.length + 1 }, (_, index) => index);
  }

  has(name: string): boolean {
    return this.#index.has(name);
  }

  /** The position of a tag that comes after the one at `last` (−1 for none). Throws a RangeError for an unknown one. */
  after(last: number, name: string): number {
    const next = this.#next[last + 1]!;
    // Unlike `===` it looks into no text that is the very same.
    if (!Object.is(this.#names[next], name)) return this.#find(last, name);
    this.#names[next] = name;
    return next;
  }

  #find(last: number, name: string): number {
    const index = this.#index.get(name);
    if (index === undefined) throw new RangeError(`a sample of the unknown tag ${name}`);
    this.#next[last + 1] = index;
    return index;
  }
}
