/** R5: tests that need PostgreSQL and Redis run only when they are asked for: `describe.runIf(INTEGRATION)`. */
export const INTEGRATION = process.env.RUN_INTEGRATION_TESTS === 'true';
/** What asks for the session itself needs `seatrial run`. */
export const UNDER_SEATRIAL = INTEGRATION && process.env.EXPRESS_ORDERS_TEST_RUN_ID !== undefined;
