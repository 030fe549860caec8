import { en, type Key, type Messages } from './en/index.ts';
import { zh } from './zh/index.ts';

export type { Key } from './en/index.ts';
export type Language = 'en' | 'zh';
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

const MESSAGES: Readonly<Record<Language, Messages>> = { en, zh };

/** The language of the first of the browser's tags that we speak; Chinese where none is. */
export const preferredLanguage = (tags: readonly string[]): Language =>
  tags.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag === 'en' || tag === 'zh') ?? 'zh';

export const translator =
  (language: Language): Translate =>
  (key, values = {}) =>
    MESSAGES[language][key].replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
