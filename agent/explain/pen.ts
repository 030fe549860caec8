import { type Language, WORDS } from './language.ts';
import { numberText } from './numbers.ts';
import type { Words } from './words.ts';

/** Everything that it takes to write in one language: its words, and how it writes numbers. */
export interface Pen extends Words {
  readonly language: Language;
  /** A count beyond 2^53 is text. */
  number(value: number | string): string;
  /** 0..1 as a percentage of at most four digits. */
  share(share: number): string;
}

const penOf = (language: Language, number: Pen['number']): Pen => ({
  ...WORDS[language],
  ...{ language, number, share: (share) => `${number(Number((share * 100).toPrecision(4)))} %` },
});

/** For terminals and files: thousands set apart by a space in every language. */
export const PLAIN: Readonly<Record<Language, Pen>> = { en: penOf('en', numberText), zh: penOf('zh', numberText) };

/** As the page writes its numbers. */
export const LOCAL: Readonly<Record<Language, Pen>> = {
  en: penOf('en', localNumber('en-GB')),
  zh: penOf('zh', localNumber('zh-CN')),
};

function localNumber(locale: string): Pen['number'] {
  const [whole, broken] = [
    new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
    new Intl.NumberFormat(locale, { maximumSignificantDigits: 10 }),
  ];
  return (value) => {
    if (typeof value === 'number') return (Number.isInteger(value) ? whole : broken).format(value);
    return /^-?\d+$/.test(value) ? whole.format(BigInt(value)) : value;
  };
}
