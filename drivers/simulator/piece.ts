import type { Ms } from '../../rules/sample.ts';

/** A coil or a ladle on the scale. */
export interface Piece {
  readonly at: Ms;
  readonly sequence: number;
  readonly id: string;
  /** t, to the scale's 0.01 t. */
  readonly weight: number;
  /** 0.01 t weighed since the origin, this piece included. */
  readonly sum: number;
}

/** What a scale has weighed since the origin; all of it is kept (some 14 000 coils a month). */
export class Scale {
  readonly pieces: Piece[] = [];
  private readonly before: Piece;
  private readonly prefix: string;

  /** `sequence` and `weight` are those of the last piece before the origin. */
  constructor(prefix: string, origin: Ms, sequence: number, weight: number) {
    this.prefix = prefix;
    this.before = { at: origin, sequence, weight, id: name(prefix, sequence), sum: 0 };
  }

  weigh(at: Ms, hundredths: number): void {
    const last = this.pieces.at(-1) ?? this.before;
    const sequence = last.sequence + 1;
    const id = name(this.prefix, sequence);
    this.pieces.push({ at, sequence, id, weight: hundredths / 100, sum: last.sum + hundredths });
  }

  /** The piece shown at that instant; a line plans at most the piece that follows. */
  last(at: Ms): Piece {
    return this.pieces.findLast((piece) => piece.at <= at) ?? this.before;
  }

  /** t weighed since the origin. */
  total(at: Ms): number {
    return this.last(at).sum / 100;
  }
}

const name = (prefix: string, sequence: number): string => `${prefix}${String(sequence).padStart(6, '0')}`;
