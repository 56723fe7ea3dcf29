/** ts-jest makes CommonJS of the app's ES modules, which Jest runs without a flag; types are checked by tsc. */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform: { '\\.ts$': ['ts-jest', { diagnostics: false }] },
  maxWorkers: 2,
};
