import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { NewRecord } from '../../agent/store/contract.ts';
import { type LogStore, openStore, type StoreOptions } from '../../agent/store/open.ts';

export const START = Date.UTC(2026, 0, 1);
export const wireTime = (at: number): string => new Date(at).toISOString();
export const note = (n: number, at = START): NewRecord => ({ kind: 'meter', at, key: null, body: { n } });

/** A folder of its own for each test of the file; what was opened in it is closed after the test. */
export class StoreKit {
  folder = '';
  #open: LogStore[] = [];

  constructor() {
    beforeEach(async () => {
      this.folder = await mkdtemp(join(tmpdir(), 'pertonne-store-'));
      this.#open = [];
    });
    afterEach(async () => {
      for (const store of this.#open) await store.close();
      await rm(this.folder, { recursive: true });
    });
  }

  get file(): string {
    return join(this.folder, 'log.db');
  }

  async opened(options: Partial<StoreOptions> = {}): Promise<LogStore> {
    const store = await openStore({ file: this.file, wireTime, ...options });
    this.#open.push(store);
    return store;
  }
}
