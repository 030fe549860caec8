import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser } from './browser.ts';
import { type LivelyPlant, livelyPlant } from './livelyPlant.ts';
import { type Case, Visitor } from './visitor.ts';

/** The page of a lively plant in a real browser, for all tests of a file. */
export class LivelyPage {
  #browser: Browser | undefined;
  #plant: LivelyPlant | undefined;

  constructor() {
    beforeAll(async () => {
      [this.#browser, this.#plant] = await Promise.all([launchBrowser(), livelyPlant()]);
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#plant?.stop();
    });
  }

  /** Somebody who comes before the tests of a block and leaves after them. */
  visitor(how: Case): () => Visitor {
    let visitor: Visitor;
    beforeAll(async () => {
      visitor = await Visitor.at(this.#browser!, this.#plant!.url, how);
    });
    afterAll(() => visitor?.leave());
    return () => visitor;
  }
}
