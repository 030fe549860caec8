import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../../agent/page/src/i18n/en/index.ts';
import { zh } from '../../agent/page/src/i18n/zh/index.ts';

/** What the guides print bold stands on the page, in these words. */
test.each([
  ['docs/operator.md', en, 30],
  ['docs/operator.zh-CN.md', zh, 30],
  ['docs/install.md', en, 1],
  ['docs/install.zh-CN.md', zh, 1],
  ['docs/first-opcua.md', en, 2],
  ['docs/first-opcua.zh-CN.md', zh, 2],
])('%s speaks of the page in its own words', (file, messages, atLeast) => {
  const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
  const bold = [...text.matchAll(/\*\*(.+?)\*\*/g)].map(([, words]) => words!);
  expect(bold.length).toBeGreaterThanOrEqual(atLeast);
  const own = file.endsWith('zh-CN.md') ? ['粗体字'] : ['bold'];
  // A text of the page may go on with a value.
  const isOnPage = (words: string): boolean =>
    Object.values(messages).some((message) => message === words || /^[\s,，{]/.test(after(message, words)));
  expect(bold.filter((words) => !isOnPage(words) && !own.includes(words))).toEqual([]);
});

const after = (message: string, words: string): string =>
  message.startsWith(words) ? message.slice(words.length) : '-';
