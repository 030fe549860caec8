import { en } from './en.ts';
import type { Words } from './words.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';
export const WORDS: Readonly<Record<Language, Words>> = { en, zh };
