import crypto from 'node:crypto';
import { expect, test } from 'vitest';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { fuzzRewind } from './fuzz.ts';
import { rootOf } from './root.ts';

/** Another share in each run; `SEATRIAL_FUZZ_SEED`, which each run prints, repeats one, and `SEATRIAL_FUZZ_ROUNDS` asks for more. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 120;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || crypto.randomInt(1, 2 ** 31);

test('MariaDB comes back to its baseline after whatever random statements did', { timeout: 7_200_000 }, async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  const { wrong, coverage } = await fuzzRewind(rootOf(server), { rounds: ROUNDS, seed: SEED });
  console.log(`MariaDB, seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(coverage)}`);
  expect(wrong).toBeUndefined();
  expect(Object.entries(coverage).filter(([, count]) => count === 0)).toEqual([]);
});
