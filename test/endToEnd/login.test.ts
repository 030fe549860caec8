import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Scope } from '../../agent/access/scope.ts';
import { changeTokens, digestOf, newToken, tokenFileIn } from '../../agent/access/tokenFile.ts';
import { type AgentKit, agentKit } from '../agent/agentKit.ts';
import { launchBrowser } from '../support/browser.ts';

/** The page of an agent that lets in whoever has a token, in a real browser. */

const SOON = { timeout: 20_000 };
const tokens: Readonly<Record<Scope, string>> = { read: newToken(), enter: newToken(), admin: newToken() };
const NAMES: Readonly<Record<Scope, string>> = { read: 'Zhao', enter: 'Wang Wei', admin: 'Li' };
let it: AgentKit;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [browser, it] = await Promise.all([launchBrowser(), agentKit()]);
  const created = new Date().toISOString();
  await changeTokens(tokenFileIn(it.dataFolder), () =>
    (['read', 'enter', 'admin'] as const).map((scope) => {
      const sha256 = digestOf(tokens[scope]).toString('hex');
      return { name: NAMES[scope], scope, sha256, created, expires: null };
    }),
  );
  await vi.waitFor(async () => expect((await it.get('/v1/plant')).status).toBe(401), 20_000);
});
afterEach(() => page.close());
afterAll(async () => {
  await browser.close();
  await it.close();
});

async function opened(locale = 'en-GB'): Promise<Page> {
  page = await browser.newPage({ locale });
  page.setDefaultTimeout(SOON.timeout);
  await page.goto(`${it.url}/#/alarms`);
  return page;
}

async function logIn(token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('asks for a token before it shows anything, and says when it is wrong', async () => {
  await opened();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  await logIn('pertonne_wrong');
  await page.getByText('This token is not valid').waitFor();
  expect(await page.evaluate('document.cookie')).toBe('');
});

test('shows who is logged in, follows the stream, and asks no name of him; logged out, it asks for a token again', async () => {
  await opened();
  await logIn(tokens.enter);
  await page.getByText('Wang Wei').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Entries' }).waitFor();
  expect(await page.getByLabel('Your name').count()).toBe(0);
  expect(await page.evaluate('document.cookie')).toBe('');
  expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain('pertonne_');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
});

test('hides from who may only look what he may not do', async () => {
  await opened();
  await logIn(tokens.read);
  await page.getByText('Zhao').waitFor();
  await page.getByRole('link', { name: 'Signals' }).waitFor();
  expect(await page.getByRole('link', { name: 'Entries' }).count()).toBe(0);
});

test('asks for a token when his has been taken back', async () => {
  await opened();
  await logIn(tokens.admin);
  await page.getByText('Live', { exact: true }).waitFor();
  await changeTokens(tokenFileIn(it.dataFolder), (all) => all.filter(({ scope }) => scope !== 'admin'));
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
});

test('asks in Chinese', async () => {
  await opened('zh-CN');
  await page.getByRole('heading', { name: '登录' }).waitFor();
  await page.getByLabel('令牌').waitFor();
});
