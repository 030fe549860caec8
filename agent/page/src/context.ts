import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Format } from './format.ts';
import type { Language, Translate } from './i18n/index.ts';
import { type Asked, hashOf, type Place, placeOf } from './route.ts';

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

export const PlaceContext = createContext<Place>(placeOf(''));

/** The address of a figure's working, laid over the view that is shown. */
export function useExplain(): (asked: Asked) => string {
  const { view, id } = useContext(PlaceContext);
  return (explain) => hashOf({ view, id, explain });
}
