/**
 * Globs over ids and equipment paths: `*` is anything within a level of the path, `**` as a level is any number of
 * levels, `?` is one character, `{a,b}` is a or b. Matching takes time in proportion to the lengths, whatever a peer
 * may think of: the usual libraries make regular expressions of globs, and those of several stars can take for ever.
 */

const ALLOWED = /^[\w.\-/*?{},]*$/;
const MAGIC = /[*?{}]/;
/** Characters of globs with wildcards in one list, and names that braces may stand for. */
const MOST_MAGIC = 2_000;
const MOST_NAMES = 64;

export const GLOB_RULE = `a glob has letters, digits, _ . - / ? * ** and {a,b}; a list of them up to ${MOST_MAGIC} characters of such with wildcards, and braces for up to ${MOST_NAMES} names`;

/** Whether a text matches one of the globs; null where they say more than ours may. */
export function globs(list: readonly string[]): ((text: string) => boolean) | null {
  const names = new Set(list.filter((glob) => !MAGIC.test(glob)));
  const magic = list.filter((glob) => MAGIC.test(glob));
  const length = magic.reduce((sum, glob) => sum + glob.length, 0);
  if (!list.every((glob) => ALLOWED.test(glob)) || length > MOST_MAGIC) return null;
  const expanded = magic.map(withoutBraces);
  if (expanded.includes(null)) return null;
  const paths = expanded.flatMap((alternatives) => alternatives!.map((glob) => glob.split('/')));
  return (text) => names.has(text) || (paths.length > 0 && matchesOne(paths, text.split('/')));
}

/** The globs that the braces stand for; null for too many, or braces that are not in pairs. */
function withoutBraces(glob: string): string[] | null {
  const parts = glob.split(/\{([^{}]*)\}/);
  let all = [''];
  for (const [index, part] of parts.entries()) {
    const alternatives = index % 2 === 1 ? part.split(',') : [part];
    if (index % 2 === 0 && /[{}]/.test(part)) return null;
    if (all.length * alternatives.length > MOST_NAMES) return null;
    all = all.flatMap((before) => alternatives.map((after) => before + after));
  }
  return all;
}

const matchesOne = (paths: readonly string[][], levels: readonly string[]): boolean =>
  paths.some((path) => wild(path, levels, '**', matchesLevel));

const matchesLevel = (glob: string, level: string): boolean =>
  wild(glob, level, '*', (sign, letter) => sign === '?' || sign === letter);

/** Matches one by one, where `any` stands for any number: on a mismatch the last `any` takes one more. */
function wild(
  pattern: ArrayLike<string>,
  text: ArrayLike<string>,
  any: string,
  one: (pattern: string, text: string) => boolean,
): boolean {
  let [p, t, anyAt, tried] = [0, 0, -1, 0];
  while (t < text.length) {
    const sign = pattern[p];
    if (sign === any) {
      anyAt = p++;
      tried = t;
    } else if (sign !== undefined && one(sign, text[t]!)) {
      p++;
      t++;
    } else if (anyAt >= 0) {
      p = anyAt + 1;
      t = ++tried;
    } else return false;
  }
  while (pattern[p] === any) p++;
  return p === pattern.length;
}
