import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { fuzzRewind, open } from './fuzz.ts';
import { MUTANTS, spoil } from './mutants.ts';
import { rootOf } from './root.ts';
import { DATABASES } from './schema.ts';

/** The same in each run: what is tested here is whether the fuzz test can find these, not whether it does by luck. */
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || 20_261_121;
/** Within this many rounds the fuzz test must have found it. */
const ROUNDS = 400;

let why: string | undefined;
let server: Awaited<ReturnType<typeof startMariadb>> | undefined;
beforeAll(async () => {
  why = await whyNoMariadb();
  if (!why) server = await startMariadb();
});
afterAll(() => server?.[Symbol.asyncDispose]());

test.for(MUTANTS)('the fuzz test finds it when $name', { timeout: 200_000 }, async (mutant, { skip }) => {
  if (why || !server) return skip(why);
  const target = rootOf(server);
  const client = await open(target, 'mysql');
  await client.query('SET foreign_key_checks = 0');
  for (const database of [...DATABASES, 'seatrial']) await client.query(`DROP DATABASE IF EXISTS \`${database}\``);
  let spoilt = 0;
  const spoilAgain = async () => {
    spoilt += await spoil(client, mutant);
  };
  const { wrong } = await fuzzRewind(target, { rounds: ROUNDS, seed: SEED, spoil: spoilAgain });
  await client.end();
  console.log(`${mutant.name}: ${wrong?.split('\n')[0]?.slice(0, 160)}`);
  expect(spoilt).toBeGreaterThan(0);
  expect(wrong).toBeDefined();
});
