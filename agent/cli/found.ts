import { stringify } from 'yaml';

/** What a device has, as a plant's file would have it. */
export interface Found {
  readonly endpoint: Readonly<Record<string, unknown>>;
  readonly tags: readonly FoundTag[];
  /** What no tag can have, or gave no value, and why; a line each. */
  readonly left: readonly string[];
}

export interface FoundTag {
  readonly entry: Readonly<Record<string, unknown>> & { readonly id: string };
  /** What it gave when it was read, in words. */
  readonly seen: string;
  readonly unit: string;
  /** How many of `unit` one count is. */
  readonly perCount: number;
}

/** Endpoint and tags for a plant's file; what is left out stands as comments. */
export const foundText = ({ endpoint, tags, left }: Found): string =>
  `${stringify({ endpoints: [endpoint], tags: tags.map(({ entry }) => entry) }, { lineWidth: 0 })}${left
    .map((line) => `# ${line}\n`)
    .join('')}`;
