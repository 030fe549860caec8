/** What a heartbeat finds on a connection. */
export interface Beat {
  /** Bytes wait in our own buffer. */
  readonly buffered: boolean;
  /** Rises when something has left our buffer. */
  readonly taken: number;
  /** A full window of records waits for an ack, and none came since the last beat. */
  readonly stuck: boolean;
  /** All readers together hold what they may: who takes nothing is not waited for. */
  readonly pressed: boolean;
}

/** Silent beats after which a reader is given up. */
const SILENT_BEATS = 2;

/** Tells from beat to beat how a reader fares. It counts beats, not time: our own process may have stood still. */
export class Pulse {
  readonly #stalledBeats: number;
  #heard = true;
  #taken = -1;
  #silent = 0;
  #stalled = 0;

  constructor(heartbeatMs: number, stallMs: number) {
    this.#stalledBeats = Math.ceil(stallMs / heartbeatMs);
  }

  /** The reader has said something, if only a pong. */
  heard(): void {
    this.#heard = true;
  }

  beat({ buffered, taken, stuck, pressed }: Beat): 'alive' | 'silent' | 'slow' {
    this.#stalled = stuck || (buffered && taken === this.#taken) ? this.#stalled + 1 : 0;
    // Behind our own unsent bytes no ping is answered: then only the stall counts.
    this.#silent = this.#heard || buffered ? 0 : this.#silent + 1;
    this.#heard = false;
    this.#taken = taken;
    if (this.#stalled >= (pressed && buffered ? 1 : this.#stalledBeats)) return 'slow';
    return this.#silent >= SILENT_BEATS ? 'silent' : 'alive';
  }
}
