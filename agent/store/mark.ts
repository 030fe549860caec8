import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Cursor } from './contract.ts';

/**
 * The last number that was committed, in a file beside the log. It is never ahead of what is safe in the log, so that a
 * log which ends before it has lost its end, or is another one.
 */
export class Mark {
  readonly #file: string;
  #handle: FileHandle | null = null;
  #next: Cursor | null = null;
  #writing: Promise<void> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Null where there is none, or none that is whole. */
  async read(): Promise<Cursor | null> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const [, epoch, digits, crc] = /^([0-9a-f]{32}) (\d{16}) ([0-9a-f]{8})\n/.exec(text) ?? [];
    const seq = Number(digits);
    return epoch !== undefined && crc === checksum(epoch, seq) ? { epoch, seq } : null;
  }

  /** Resolves when it is written, or a later one. A mark that cannot be written stays behind, which costs nothing but its service. */
  write(mark: Cursor): Promise<void> {
    this.#next = mark;
    this.#writing ??= this.#writeNext();
    return this.#writing;
  }

  async #writeNext(): Promise<void> {
    for (let mark = this.#next; mark; mark = this.#next) {
      this.#next = null;
      await this.#put(mark);
    }
    this.#writing = null;
  }

  async #put({ epoch, seq }: Cursor): Promise<void> {
    try {
      this.#handle ??= await open(this.#file, constants.O_RDWR | constants.O_CREAT, 0o644);
      await this.#handle.write(`${epoch} ${padded(seq)} ${checksum(epoch, seq)}\n`, 0);
    } catch {
      await this.#letGo();
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    await this.#handle?.close().catch(() => {});
    this.#handle = null;
  }
}

const padded = (seq: number): string => String(seq).padStart(16, '0');
const checksum = (epoch: string, seq: number): string =>
  crc32(`${epoch} ${padded(seq)}`)
    .toString(16)
    .padStart(8, '0');
