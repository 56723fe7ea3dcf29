import crypto from 'node:crypto';
import { expect, test } from 'vitest';
import { startPostgres } from '../../helpers/embedded-postgres.ts';
import { fuzzNested } from './nested-fuzz.ts';

const STEPS = Number(process.env.SEATRIAL_FUZZ_ROUNDS) || 400;
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || crypto.randomInt(1, 2 ** 30);

test('Baselines inside baselines, three deep and with late wide fixtures, each come back as they were', {
  timeout: 3_600_000,
}, async () => {
  await using server = await startPostgres();
  const { host, port, user, password, database } = server.service.fields(server.server.endpoint);
  const target = { host, port: Number(port), user: user ?? '', password: password ?? '', database: database ?? '' };
  console.log(`seed ${SEED}, ${STEPS} steps`);
  expect(await fuzzNested(target, { steps: STEPS, seed: SEED })).toBeUndefined();
});
