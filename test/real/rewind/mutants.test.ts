import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Target } from '../../../src/services/postgres/connect.ts';
import { startPostgres } from '../../helpers/embedded-postgres.ts';
import { fuzzRewind } from './fuzz.ts';
import { MUTANTS, spoil } from './mutants.ts';
import { fuzzNested } from './nested-fuzz.ts';

/** The same in each run: what is tested here is whether the fuzz test can find these, not whether it does by luck. */
const SEED = Number(process.env.SEATRIAL_FUZZ_SEED) || 20_261_121;
/** Within this many rounds the fuzz test must have found it, with one of three seeds. */
const ROUNDS = 400;
const SEEDS = [SEED, SEED + 1, SEED + 2];

let server: Awaited<ReturnType<typeof startPostgres>>;
let target: Target;
beforeAll(async () => {
  server = await startPostgres();
  const { host, port, user, password, database } = server.service.fields(server.server.endpoint);
  target = { host, port: Number(port), user: user ?? '', password: password ?? '', database: database ?? '' };
  console.log(`seed ${SEED}`);
});
afterAll(() => server?.[Symbol.asyncDispose]());

test.each(MUTANTS)('the fuzz test finds it when $name', { timeout: 280_000 }, async (mutant) => {
  const { definitionsEvery = 25 } = mutant;
  let wrong: string | undefined;
  for (const seed of SEEDS) {
    const options = { seed, definitionsEvery, spoil: (client: pg.Client) => spoil(client, mutant) };
    if (wrong === undefined)
      wrong =
        mutant.engine === 'flat'
          ? (await fuzzRewind(target, { rounds: ROUNDS, ...options })).wrong
          : await fuzzNested(target, { steps: ROUNDS * 3, ...options });
  }
  console.log(`${mutant.name}: ${wrong?.split('\n')[0]?.slice(0, 160)}`);
  expect(wrong).toBeDefined();
});
