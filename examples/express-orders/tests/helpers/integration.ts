/** R5: tests that need PostgreSQL and Redis run only when they are asked for: `describe.runIf(INTEGRATION)`. */
export const INTEGRATION = process.env.RUN_INTEGRATION_TESTS === 'true';
