import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Bounds for what never comes, not measures of speed: machines are loaded.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 40_000 } },
    pool: 'forks',
    // In CI a test that fails is run once more; what held only then is told.
    retry: Number(process.env.PERTONNE_RETRIES ?? 0),
    reporters: ['default', './test/support/unsteady.ts'],
    globalSetup: ['test/support/beforehand.ts', 'test/support/judge.ts'],
    setupFiles: 'test/support/properties.ts',
  },
});
