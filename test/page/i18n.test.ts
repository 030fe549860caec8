import { expect, test } from 'vitest';
import { causeText } from '../../agent/page/src/i18n/causes.ts';
import { en } from '../../agent/page/src/i18n/en/index.ts';
import { preferredLanguage, translator } from '../../agent/page/src/i18n/index.ts';
import { reasonText } from '../../agent/page/src/i18n/reasons.ts';
import { zh } from '../../agent/page/src/i18n/zh/index.ts';
import { exceptionReason } from '../../drivers/modbus/exceptions.ts';

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
  const letters = /\p{L}/u;
  const latin = Object.entries(zh).filter(
    ([key, text]) =>
      key !== 'language.switch' && letters.test(text.replace(/\{\w+\}/g, '')) && !/\p{Script=Han}/u.test(text),
  );
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
  expect(causeText('BadHistoryOperationInvalid', translator('en'))).toBe('BadHistoryOperationInvalid');
});

test.each([
  [exceptionReason(2), 'the device knows no such point'],
  [exceptionReason(6), 'the device is busy'],
  [exceptionReason(11), 'the meter does not answer its gateway'],
  ['mill-meters: no answer within 1000 ms', 'no answer in time'],
  ['mill-meters: the device closed the connection', 'connection broken off'],
  ['the device says that the value is not available', 'the device has no value'],
  ['not a finite number: NaN', 'the device has no value'],
  ['4294967295 is out of the range 0…40', 'value outside its physical range'],
  ['a text and no number: 12,5', 'the device gives a text, no number'],
  ['the device clock is ahead of ours', 'the device’s clock is ahead'],
  ['BadDeviceFailure', 'the device reports a failure'],
  ['BadSensorFailure', 'the sensor reports a failure'],
  ['BadNodeIdUnknown: the server has no such namespace', 'the device knows no such point'],
  ['the server refuses the user or the password: BadIdentityTokenRejected', 'login refused'],
  [
    'the server does not trust us: BadSecurityChecksFailed. Put our certificate on its trust list',
    'certificate not trusted',
  ],
])('%s: %s', (reason, words) => {
  expect(causeText(reason, translator('en'))).toBe(words);
});

test('every Modbus exception has words in both languages', () => {
  for (const code of [1, 2, 3, 4, 5, 6, 7, 8, 10, 11])
    for (const language of ['en', 'zh'] as const)
      expect(causeText(exceptionReason(code), translator(language))).not.toContain('exception');
});

test.each([
  [
    'endpoint mill-meters is down: 10.1.4.7:502: connect ECONNREFUSED 10.1.4.7:502',
    '设备 mill-meters 断线 — 连接被拒绝',
  ],
  ['endpoint plc is starting', '设备 plc 正在连接'],
  [
    'platform head-office is down: HTTP status 401: the token is missing or wrong',
    '平台 head-office 未连上 — 令牌缺失、错误或无权限',
  ],
  [
    'the store does not take records: the disk is full; make room on the volume of the data folder (SQLITE_FULL)',
    '数据未能保存 — 磁盘已满，请清理空间',
  ],
  ['3 values in the log are not as they were written, and are not used', '日志中有 3 个值与写入时不符，未采用'],
  ['something new', 'something new'],
])('what is amiss, in Chinese: %s', (reason, words) => {
  expect(reasonText(reason, translator('zh'))).toBe(words);
});
