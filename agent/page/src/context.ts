import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Format } from './format.ts';
import type { Language, Translate } from './i18n/index.ts';

/** How the page speaks: language, words, numbers and times. */
export interface Speech {
  readonly language: Language;
  readonly t: Translate;
  readonly format: Format;
}

export const SpeechContext = createContext<Speech | null>(null);

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error('no speech around this component');
  return speech;
}
