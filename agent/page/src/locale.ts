/** A panel without a locale says `en-US@posix`, which Intl refuses; uPlot takes whatever the browser says as it loads. */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}

export {};
