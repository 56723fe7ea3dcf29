import { defineConfig } from 'vitest/config';

/** `expect.poll` waits for what happens elsewhere: how long that takes is no part of a test. */
const shared = { pool: 'forks' as const, expect: { poll: { timeout: 60_000 } } };

export default defineConfig({
  test: {
    maxWorkers: 2,
    allowOnly: !process.env.CI,
    reporters: ['default', './test/helpers/skip-reporter.ts'],
    projects: [
      // Starts no service: seconds.
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.{ts,mjs}'],
          exclude: ['test/real/**', 'test/e2e/**'],
          testTimeout: 60_000, // some start runners, which wait for their turn on a busy machine
        },
      },
      // Services x drivers, on real servers; the first run fetches them.
      { test: { ...shared, name: 'real', include: ['test/real/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 } },
      // The CLI as a child process. In CI one that fails and then passes fails nothing, and is named in the last lines of .ci/run.
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          retry: process.env.CI ? 1 : 0,
        },
      },
      // The clients in other languages, on their own runners.
      {
        test: {
          ...shared,
          name: 'clients',
          include: ['clients/*/tests/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
