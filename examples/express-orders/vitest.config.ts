import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/helpers/say-what-is-skipped.ts'],
    maxWorkers: 2,
  },
});
