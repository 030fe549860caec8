import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A bound for what never comes, not a measure of speed: machines are loaded.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    globalSetup: ['test/support/beforehand.ts', 'test/support/judge.ts'],
    setupFiles: 'test/support/properties.ts',
  },
});
