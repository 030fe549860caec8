import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { realClock } from '../../agent/clock.ts';
import { launchBrowser } from '../support/browser.ts';
import { Pertonne } from '../support/process.ts';

/** Makes the README's pictures from the real demo. Chinese needs a font that has it, such as Debian's fonts-noto-cjk. */

const ROOT = join(import.meta.dirname, '../..');
const SIZE = { width: 1280, height: 800 };
/** At sixty times real time, so many real minutes fill six hours of a shift and its trends. */
const MINUTES = 5.8;
const LANGUAGES = { zh: 'zh-CN', en: 'en-GB' };
const VIEWS = {
  '': '#/overview',
  'line-': '#/line/potline-1',
  'explain-': '#/line/mill-1?explain=mill-1.electricity&window=hour&at=now',
};

await build({ root: join(ROOT, 'agent/page'), logLevel: 'warn' });
await mkdir(join(ROOT, 'docs'), { recursive: true });
const agent = new Pertonne('demo', '--port', '0');
const browser = await launchBrowser();
try {
  const url = await agent.url();
  await realClock().delay(MINUTES * 60_000);
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const [view, place] of Object.entries(VIEWS)) {
      const page = await browser.newPage({ viewport: SIZE, locale });
      await page.goto(`${url}/${place}`);
      await page.locator('.uplot canvas').first().waitFor();
      if (place.includes('explain')) await page.getByText('kWh / ').first().waitFor();
      await page.screenshot({ path: join(ROOT, `docs/screenshot-${view}${language}.png`) });
      await page.close();
    }
  }
} finally {
  await browser.close();
  await agent.kill('SIGTERM');
}
