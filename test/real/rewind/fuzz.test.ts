import crypto from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { postgres as definition } from '../../../src/services/postgres/index.ts';
import { embeddedDriver, startPostgres } from '../../helpers/embedded-postgres.ts';
import { findSpec, toRequest } from '../../helpers/launch-service.ts';
import { fuzzRewind } from './fuzz.ts';

/** Another share in each run; `SEATRIAL_FUZZ_SEED`, which each run prints, repeats one, and `SEATRIAL_FUZZ_ROUNDS` asks for more. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 60;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || crypto.randomInt(1, 2 ** 30);

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
    const { wrong, coverage, anew } = await fuzzRewind(target, { rounds: ROUNDS, seed: SEED });
    console.log(
      `PostgreSQL ${version}, seed ${SEED}, ${ROUNDS} rounds, ${anew} databases made anew: ${JSON.stringify(coverage)}`,
    );
    expect(wrong).toBeUndefined();
    expect(Object.values(coverage).every((count) => count > 0)).toBe(true);
  });
});
