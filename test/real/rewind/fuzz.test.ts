import { describe, expect, test } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { postgres as definition } from '../../../src/services/postgres/index.ts';
import { embeddedDriver, startPostgres } from '../../helpers/embedded-postgres.ts';
import { findSpec, toRequest } from '../../helpers/launch-service.ts';
import { fuzzRewind } from './fuzz.ts';

/** The same share in each run; `SEATRIAL_FUZZ_ROUNDS` and `SEATRIAL_FUZZ_SEED` ask for more, or for another. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 150;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || 20_261_121;

describe.each([
  ['15', nativeDriver],
  ['16', embeddedDriver],
  ['17', embeddedDriver],
  ['18', embeddedDriver],
] as const)('PostgreSQL %s', (version, driver) => {
  test('comes back to its baseline after whatever random statements did', { timeout: 3_600_000 }, async ({ skip }) => {
    const found = await findSpec(driver, definition.configure(toRequest({ version })));
    if ('why' in found) return skip(found.why);
    await using server = await startPostgres({ version }, { driver });
    const { host, port, user, password, database } = server.service.fields(server.server.endpoint);
    const target = { host, port: Number(port), user: user ?? '', password: password ?? '', database: database ?? '' };
    const { wrong, coverage } = await fuzzRewind(target, { rounds: ROUNDS, seed: SEED });
    console.log(`PostgreSQL ${version}, seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(coverage)}`);
    expect(wrong).toBeUndefined();
    expect(Object.values(coverage).every((count) => count > 0)).toBe(true);
  });
});
