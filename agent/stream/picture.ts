import type { Store } from '../store/contract.ts';
import type { Choice } from './choice.ts';
import { recordText } from './text.ts';

/** The newest figures, for snapshots: read once for all who chose alike, as long as nothing was committed since. */
export class Picture {
  readonly #store: Store;
  #made = { epoch: '', seq: -1, of: new Map<number, Promise<string>>() };

  constructor(store: Store) {
    this.#store = store;
  }

  /** Records of the chosen metrics' newest windows, as texts with commas between them. Rejects when the log cannot be read. */
  figures(choice: Choice): Promise<string> {
    const [epoch, seq] = [this.#store.epoch, this.#store.lastSeq()];
    if (this.#made.seq !== seq || this.#made.epoch !== epoch) this.#made = { epoch, seq, of: new Map() };
    const { of } = this.#made;
    const figures = of.get(choice.number) ?? this.#read(choice, of);
    of.set(choice.number, figures);
    return figures;
  }

  async #read({ number, metrics, windows }: Choice, of: Map<number, Promise<string>>): Promise<string> {
    try {
      return (await this.#store.newest(metrics(), windows)).map(recordText).join();
    } catch (cause) {
      of.delete(number);
      throw cause;
    }
  }
}
