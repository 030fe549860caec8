/** Where what is differs from what was expected, one line each: `coverage.known: expected 1, is 0.5`. */

/** Compares only what is expected: keys that it does not name may hold anything. Numbers may differ by the tolerance. */
export function differences(expected: unknown, actual: unknown, tolerance: number, path = ''): string[] {
  if (isMapping(expected) && isMapping(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(value, actual[key], tolerance, path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length)
    return expected.flatMap((value, index) => differences(value, actual[index], tolerance, `${path}[${index}]`));
  if (isSame(expected, actual, tolerance)) return [];
  return [`${path}: expected ${shown(expected)}, is ${shown(actual)}`];
}

function isSame(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);
