import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A bound for what never comes, not a measure of speed: machines are loaded.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // In CI a test that fails is run once more; what held only then is told.
    retry: Number(process.env.PERTONNE_RETRIES ?? 0),
    reporters: ['default', './test/support/unsteady.ts'],
    globalSetup: ['test/support/beforehand.ts', 'test/support/judge.ts'],
    setupFiles: 'test/support/properties.ts',
  },
});
