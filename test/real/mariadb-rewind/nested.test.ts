import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { fuzzNested } from './nested-fuzz.ts';
import { rootOf } from './root.ts';

/** The share of a run in CI; `SEATRIAL_FUZZ_ROUNDS` asks for more, `SEATRIAL_FUZZ_SEED` for the same again. */
const STEPS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 150;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || randomInt(1, 2 ** 30);

test('MariaDB: baselines inside baselines, with definitions and late wide fixtures, each come back as they were', {
  timeout: 3_600_000,
}, async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  console.log(`MariaDB, seed ${SEED}, ${STEPS} steps`); // first: what fails may throw
  const { wrong, coverage } = await fuzzNested(rootOf(server), { steps: STEPS, seed: SEED });
  console.log(JSON.stringify(coverage));
  expect(wrong).toBeUndefined();
});
