import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { fuzzRewind } from './fuzz.ts';
import { rootOf } from './root.ts';

/** The share of a run in CI; `SEATRIAL_FUZZ_ROUNDS` asks for more, `SEATRIAL_FUZZ_SEED` for the same again. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 120;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || randomInt(1, 2 ** 30);

test('MariaDB comes back to its baseline after whatever random statements did', { timeout: 7_200_000 }, async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  const { wrong, coverage } = await fuzzRewind(rootOf(server), { rounds: ROUNDS, seed: SEED });
  console.log(`MariaDB, seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(coverage)}`);
  expect(wrong).toBeUndefined();
  expect(Object.entries(coverage).filter(([, count]) => count === 0)).toEqual([]);
});
