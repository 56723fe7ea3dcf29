import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/helpers/say-what-is-skipped.ts'],
    maxWorkers: 2,
    testTimeout: 30_000, // hashing a password takes its time on a busy machine
  },
});
