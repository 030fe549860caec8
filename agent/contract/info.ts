import { readFileSync } from 'node:fs';

interface Package {
  readonly version: string;
  readonly license: string;
}
const { version, license } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Package;

/** What both documents say of themselves. */
export const INFO = {
  version,
  license: { name: license, url: 'https://www.apache.org/licenses/LICENSE-2.0' },
} as const;
