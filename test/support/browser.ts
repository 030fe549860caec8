import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/**
 * Headless Chromium from the npm package, with web security as users have it (the package's own arguments switch the
 * same-origin policy off, for scraping).
 */
export async function launchBrowser(): Promise<Browser> {
  const unwanted = new Set(['--disable-web-security', '--allow-running-insecure-content', '--single-process']);
  return await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args.filter((arg) => !unwanted.has(arg)), '--no-sandbox'],
  });
}
