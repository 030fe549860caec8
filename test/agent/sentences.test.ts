import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sentenceZh } from '../../agent/explain/sentences.zh.ts';

/** What notes and refusals say stands in records in English; who reads Chinese reads all of it in Chinese. */

const ROOT = join(import.meta.dirname, '../..');
const FILES = [...globSync('rules/**/*.ts', { cwd: ROOT }), 'agent/configured.ts'];

/** Where the rules' sentences stand in their code: a note's detail, why an entry is refused, what a list is full of. */
const PLACES = [
  /\bdetail(?:: | = )(?<sentence>`[^`]+`|'[^']+'|"[^"]+")/g,
  /\bnotSettled\((?<sentence>`[^`]+`|'[^']+')\)/g,
  /(?:return|\?) (?<sentence>`[^`]+ [^`]+ [^`]+`|'[^']+ [^']+ [^']+')(?: : null)?;/g,
  /: (?<sentence>'the [^']+');/g,
  /\?\?\s+(?<sentence>`[^`]+`)/g,
  /\[[\w.]+, MOST_\w+, (?<sentence>`[^`]+`|'[^']+')\]/g,
  /const ANEW = (?<sentence>'[^']+')/g,
];

const sentences = FILES.filter((file) => !/rules\/(options|expression)/.test(file)).flatMap((file) => {
  const code = readFileSync(join(ROOT, file), 'utf8');
  return PLACES.flatMap((place) => [...code.matchAll(place)].map(({ groups }) => groups!.sentence!.slice(1, -1)));
});

test('there are as many as there are places for them', () => {
  expect(sentences.length).toBeGreaterThan(35);
});

test.each([...new Set(sentences)])('%s', (code) => {
  let count = 0;
  const sentence = code.replaceAll(/\$\{(?:[^{}`]|`[^`]*`|\{[^}]*\})*\}/g, () => String(++count));
  const told = sentenceZh(sentence);
  expect(told.replaceAll(/float32|ms\b/g, '')).not.toMatch(/[a-z]{2}/i);
  for (let place = 1; place <= count; place++) expect(told).toContain(String(place));
});

test('a sentence within another is told in Chinese too', () => {
  expect(
    sentenceZh(
      'more than 10000 stretches since the last piece; more than 64 pieces of which no weight is heard: the oldest are let go',
    ),
  ).toBe('自上一件以来的时段超过 10000；未得重量的件超过 64：最旧的已舍弃');
  expect(sentenceZh('estimate good, tapped metal bad')).toBe('估计量良好，出铝量无效');
  expect(
    sentenceZh(
      'hour windows before 1795845162319 are too old to revise; the amount since 1795845100000 has no place in them',
    ),
  ).toBe('1795845162319 之前的小时窗口过久，不再修订；自 1795845100000 起的量无处可计');
});

test('what no sentence is known of stays as it is', () => {
  expect(sentenceZh('something that a later version says')).toBe('something that a later version says');
});
