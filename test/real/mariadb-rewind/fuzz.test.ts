import { expect, test } from 'vitest';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { fuzzRewind } from './fuzz.ts';
import { rootOf } from './root.ts';

/**
 * The same share in each run until the long runs are clean: a number of AUTO_INCREMENT is still not set back while a session holds its table
 * (bench/results/fuzz-mariadb.json). `SEATRIAL_FUZZ_SEED` asks for another, and `SEATRIAL_FUZZ_ROUNDS` asks for more. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 120;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || 20_261_121;

test('MariaDB comes back to its baseline after whatever random statements did', { timeout: 7_200_000 }, async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  const { wrong, coverage } = await fuzzRewind(rootOf(server), { rounds: ROUNDS, seed: SEED });
  console.log(`MariaDB, seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(coverage)}`);
  expect(wrong).toBeUndefined();
  expect(Object.entries(coverage).filter(([, count]) => count === 0)).toEqual([]);
});
