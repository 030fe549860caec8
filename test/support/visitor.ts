import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { z } from 'zod';
import { PlantDescription } from '../../agent/http/contract.ts';
import { type Language, type Translate, translator } from '../../agent/page/src/i18n/index.ts';
import type { View } from '../../agent/page/src/route.ts';
import { Heard } from './shown.ts';

/** The sizes at which the page is used, and its languages: each view is tried in all of them. */
export const SIZES = {
  panel: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  wall: { width: 1920, height: 1080 },
};
const LOCALES = { en: 'en-GB', zh: 'zh-CN' } as const;
export const CASES = (['en', 'zh'] as const).flatMap((language) =>
  (Object.keys(SIZES) as (keyof typeof SIZES)[]).map((size) => ({ language, size })),
);
export type Case = (typeof CASES)[number];

/** Long enough for a machine that is busy with other things. */
export const SOON = { timeout: 40_000 };

/** Somebody in front of the page: where they go, what they read, and what the agent's API says of the same. */
export class Visitor {
  readonly page: Page;
  readonly heard: Heard;
  readonly language: Language;
  readonly t: Translate;
  readonly plant: PlantDescription;
  readonly #url: string;
  readonly #width: number;
  readonly #complaints: string[] = [];
  /** Since the overview was opened. */
  clicks = 0;

  private constructor(page: Page, url: string, { language, size }: Case, plant: PlantDescription) {
    this.page = page;
    this.heard = new Heard(page);
    this.language = language;
    this.t = translator(language);
    this.plant = plant;
    this.#url = url;
    this.#width = SIZES[size].width;
    page.setDefaultTimeout(SOON.timeout);
    page.on('pageerror', ({ message }) => this.#complaints.push(message));
  }

  static async at(browser: Browser, url: string, how: Case): Promise<Visitor> {
    const context = await browser.newContext({ locale: LOCALES[how.language], viewport: SIZES[how.size] });
    // What is printed is counted, since nobody can answer the dialog.
    await context.addInitScript('window.printed = 0; window.print = () => { window.printed++; }');
    const plant = PlantDescription.parse(await (await fetch(`${url}/v1/plant`)).json());
    const visitor = new Visitor(await context.newPage(), url, how, plant);
    await visitor.arrive();
    return visitor;
  }

  /** Stands before the overview, as when the page is opened. */
  async arrive(): Promise<void> {
    if (this.page.url().startsWith(this.#url)) await this.page.evaluate("location.hash = '#/overview'");
    else await this.page.goto(`${this.#url}/`);
    await this.page.locator('main article').first().waitFor();
    this.clicks = 0;
  }

  leave(): Promise<void> {
    return this.page.context().close();
  }

  async click(target: Locator): Promise<void> {
    await target.click();
    this.clicks++;
  }

  /** By the navigation, as everybody. */
  async go(view: Exclude<View, 'line' | 'wall'>): Promise<void> {
    const name = this.t(`nav.${view}`);
    await this.click(this.page.getByRole('navigation').getByRole('link', { name }));
  }

  button(name: Parameters<Translate>[0], values: Parameters<Translate>[1] = {}): Locator {
    return this.page.getByRole('button', { name: this.t(name, values), exact: true });
  }

  /** Of a line, metric, meter or tag in the visitor's language. */
  named({ name }: { readonly name: { readonly en: string; readonly zh: string } | null }): string {
    return name![this.language];
  }

  async api<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.output<Schema>> {
    return schema.parse(await (await fetch(this.#url + path)).json());
  }

  async printed(): Promise<number> {
    return (await this.page.evaluate('window.printed')) as number;
  }

  /** Nothing is wider than the screen, and nothing went wrong in the page. */
  async expectCalm(): Promise<void> {
    expect(await this.page.evaluate('document.documentElement.scrollWidth')).toBe(this.#width);
    expect(this.#complaints).toEqual([]);
  }
}

/** A number as the page writes it; NaN for none. */
export const numberOf = (text: string | null): number => Number.parseFloat((text ?? '').replaceAll(',', ''));
