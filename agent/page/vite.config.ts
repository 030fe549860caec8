import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  // Else a build from within a test would carry file names and line numbers.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  build: {
    emptyOutDir: true,
    // The agent's CSP is `default-src 'self'`: nothing inline, no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
