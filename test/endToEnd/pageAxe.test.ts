import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VIEWS } from '../../agent/page/src/route.ts';
import { launchBrowser } from '../support/browser.ts';
import { Pertonne } from '../support/process.ts';
import { SIZES } from '../support/visitor.ts';

/** axe finds nothing serious in any view, however large, in light and dark, in both languages. */

const PLACES = [...VIEWS, 'line/potline-1?explain=potline-1.ac_power&window=shift'];
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
let browser: Browser;
let agent: Pertonne;
let url: string;
beforeAll(async () => {
  browser = await launchBrowser();
  agent = new Pertonne('demo', '--port', '0', '--speed', '120', '--fault', 'dead:mill-meters');
  url = await agent.url();
});
afterAll(async () => {
  await browser.close();
  await agent.kill('SIGKILL');
});

test.for([
  { size: 'panel', colorScheme: 'light', locale: 'zh-CN' },
  { size: 'panel', colorScheme: 'dark', locale: 'zh-CN' },
  { size: 'phone', colorScheme: 'light', locale: 'en-GB' },
  { size: 'wall', colorScheme: 'dark', locale: 'en-GB' },
] as const)('on a $size, $colorScheme, $locale', { timeout: 240_000 }, async ({ size, ...options }) => {
  const context = await browser.newContext({ ...options, viewport: SIZES[size], bypassCSP: true });
  const page = await context.newPage();
  for (const place of PLACES) {
    await page.goto(`${url}/#/${place}`);
    await page.reload();
    await page.locator('.sheet, .line, dialog').first().waitFor();
    await page.evaluate(axe);
    const { violations, passes } = (await page.evaluate('axe.run()')) as {
      passes: unknown[];
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    };
    expect(passes.length, place).toBeGreaterThan(10);
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [place, id, nodes[0]?.html])).toEqual([]);
  }
  await context.close();
});
