import { expect, test } from 'vitest';
import { causeText } from '../../agent/page/src/i18n/causes.ts';
import { en } from '../../agent/page/src/i18n/en.ts';
import { preferredLanguage, translator } from '../../agent/page/src/i18n/index.ts';
import { zh } from '../../agent/page/src/i18n/zh.ts';

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test('both languages have the same keys, no empty text, the same placeholders', () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  for (const [key, text] of Object.entries(en)) {
    const translated = zh[key as keyof typeof en];
    expect(translated.trim(), key).not.toBe('');
    expect(holes(translated), key).toEqual(holes(text));
  }
});

test('Chinese is Chinese', () => {
  const latin = Object.entries(zh).filter(([key, text]) => key !== 'language.switch' && !/\p{Script=Han}/u.test(text));
  expect(latin).toEqual([]);
});

test('placeholders are filled; one without a value stays visible', () => {
  const t = translator('en');
  expect(t('quality.bad', { bad: 2, total: 31 })).toBe('2 of 31 signals bad');
  expect(t('quality.good')).toBe('All {total} signals good');
});

test('the first of the browser languages that we speak, else Chinese', () => {
  expect(preferredLanguage(['de-DE', 'en-US', 'zh-CN'])).toBe('en');
  expect(preferredLanguage(['zh-Hans-CN', 'en'])).toBe('zh');
  expect(preferredLanguage(['vi-VN'])).toBe('zh');
});

test('reasons of devices in plain words; an unknown one as it came', () => {
  expect(causeText('connect ECONNREFUSED 10.1.4.7:502', translator('zh'))).toBe('连接被拒绝');
  expect(causeText('read timed out after 1000 ms', translator('en'))).toBe('no answer in time');
  expect(causeText('BadNodeIdUnknown', translator('en'))).toBe('BadNodeIdUnknown');
});
