import { join } from 'node:path';
import { defineConfig } from 'vite';

/** `pertonne/client` as one file of JavaScript: Node strips no types in node_modules, and browsers never do. */
export default defineConfig({
  build: {
    target: 'es2024',
    minify: false,
    emptyOutDir: false,
    lib: { entry: join(import.meta.dirname, 'index.ts'), formats: ['es'], fileName: 'index' },
  },
});
