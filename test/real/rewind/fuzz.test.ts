import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { startPostgres } from '../../helpers/embedded-postgres.ts';
import { fuzzRewind } from './fuzz.ts';

/** A share in each run, with a seed that is printed; `SEATRIAL_FUZZ_ROUNDS` and `SEATRIAL_FUZZ_SEED` ask for more, or for the same again. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 150;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || randomInt(1, 1_000_000);

test.each(['16', '17', '18'])(
  'PostgreSQL %s comes back to its baseline after whatever random statements did',
  { timeout: 600_000 },
  async (version) => {
    await using postgres = await startPostgres({ version });
    const { host, port, user, password, database } = postgres.service.fields(postgres.server.endpoint);
    const result = await fuzzRewind(
      { host, port: Number(port), user: user ?? '', password: password ?? '', database: database ?? '' },
      { rounds: ROUNDS, seed: SEED },
    );
    console.log(`PostgreSQL ${version}, seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(result.coverage)}`);
    expect(result.wrong).toBeUndefined();
    expect(Object.values(result.coverage).every((count) => count > 0)).toBe(true);
  },
);
