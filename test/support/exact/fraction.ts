/** Exact fractions of whole numbers, for checking what floating point makes. */
export class Fraction {
  readonly n: bigint;
  /** Above 0. */
  readonly d: bigint;

  constructor(n: bigint, d = 1n) {
    const sign = d < 0n ? -1n : 1n;
    const common = divisor(n < 0n ? -n : n, d < 0n ? -d : d);
    this.n = (sign * n) / common;
    this.d = (sign * d) / common;
  }

  /** A number as it is written: 0.1 is a tenth. */
  static of(value: number | bigint | string): Fraction {
    const [mantissa = '', exponent = '0'] = String(value).toLowerCase().split('e');
    const [whole = '', part = ''] = mantissa.split('.');
    const shift = Number(exponent) - part.length;
    const digits = BigInt(whole + part);
    return shift >= 0 ? new Fraction(digits * 10n ** BigInt(shift)) : new Fraction(digits, 10n ** BigInt(-shift));
  }

  plus(o: Fraction): Fraction {
    return new Fraction(this.n * o.d + o.n * this.d, this.d * o.d);
  }
  minus(o: Fraction): Fraction {
    return new Fraction(this.n * o.d - o.n * this.d, this.d * o.d);
  }
  times(o: Fraction): Fraction {
    return new Fraction(this.n * o.n, this.d * o.d);
  }
  over(o: Fraction): Fraction {
    return new Fraction(this.n * o.d, this.d * o.n);
  }
  atMost(o: Fraction): boolean {
    return this.n * o.d <= o.n * this.d;
  }

  /** The nearest double, but for its last digit. */
  get value(): number {
    const scale = 10n ** 40n;
    return Number((this.n * scale) / this.d) / 1e40;
  }
}

export const ZERO = new Fraction(0n);
export const sum = (parts: readonly Fraction[]): Fraction => parts.reduce((all, part) => all.plus(part), ZERO);

function divisor(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}
