import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const plugIn = new URL('../../src/runners/vitest.mjs', import.meta.url);

export default defineConfig({
  // This example stands in the sources of Seatrial; a project of its own has it from `npm install --save-dev seatrial`.
  resolve: { alias: { 'seatrial/vitest': fileURLToPath(plugIn) } },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/helpers/say-what-is-skipped.ts'],
    maxWorkers: 2,
    testTimeout: 30_000, // hashing a password takes its time on a busy machine
  },
});
