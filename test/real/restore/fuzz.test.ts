import crypto from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { embeddedDriver } from '../../helpers/embedded-postgres.ts';
import { startLeasing } from '../isolation/lease.ts';
import { SCHEMA } from '../rewind/schema.ts';
import { fuzzRestore } from './fuzz.ts';
import { MORE_SCHEMA } from './shapes.ts';

/** Another share in each run; `SEATRIAL_FUZZ_SEED`, which each run prints, repeats one, and `SEATRIAL_FUZZ_ROUNDS` asks for more. */
const ROUNDS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 30;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || crypto.randomInt(1, 2 ** 30);

describe.each([
  ['15', nativeDriver],
  ['18', embeddedDriver],
] as const)('PostgreSQL %s', (version, driver) => {
  test('definitions and rows come back after whatever random fixtures and tests did to them', {
    timeout: 3_600_000,
  }, async () => {
    await using server = await startLeasing('rewind', SCHEMA + MORE_SCHEMA, [{ version }, { driver }]);
    await using on = await server.lease();
    console.log(`PostgreSQL ${version}, seed ${SEED}, ${ROUNDS} rounds`);
    const { wrong, counts } = await fuzzRestore(on, { seed: SEED, rounds: ROUNDS });
    console.log(JSON.stringify(counts));
    expect(wrong).toBeUndefined();
    expect((counts.restore ?? 0) + (counts.rewind ?? 0)).toBeGreaterThan(0); // fixtures may leave little to do: they drop the schema
  });
});
