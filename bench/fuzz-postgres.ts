// The long run of the fuzz test of rewind: `npm run bench -- fuzz-postgres [--rounds N] [--seed N] [--append]`, N rounds on each major, the majors in turns;
// `--append` goes on where the results in the file end.
// A share of it is in the tests, with another seed each time.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver } from '../src/core/driver.ts';
import { nativeDriver } from '../src/drivers/native/index.ts';
import { embeddedDriver, startPostgres } from '../test/helpers/embedded-postgres.ts';
import { fuzzRewind } from '../test/real/rewind/fuzz.ts';
import { runProgram } from './lib/program.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    chunk: { type: 'string', default: '250' },
    append: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const chunk = Number(values.chunk);
const firstSeed = values.seed === undefined ? crypto.randomInt(1, 2 ** 30) : Number(values.seed);

interface Fuzzed {
  version: string;
  rounds: number;
  /** Each with the commit that it ran on. */
  seeds: { seed: number; rounds: number; commit: string }[];
  wrongStates: string[];
  madeAnew: number;
  coverage: Record<string, number>;
}
const MAJORS: readonly (readonly [string, Driver])[] = [
  ['15', nativeDriver],
  ['16', embeddedDriver],
  ['17', embeddedDriver],
  ['18', embeddedDriver],
];
const file = path.join(import.meta.dirname, 'results', 'fuzz-postgres.json');
const commit = process.env.SEATRIAL_FUZZ_COMMIT ?? (await runProgram('git', ['rev-parse', '--short', 'HEAD'])).trim();
const done: Fuzzed[] = values.append
  ? JSON.parse(fs.readFileSync(file, 'utf8')).versions
  : MAJORS.map(([version]) => ({ version, rounds: 0, seeds: [], wrongStates: [], madeAnew: 0, coverage: {} }));

for (let seed = firstSeed; done.some((fuzzed) => fuzzed.rounds < rounds); seed++) {
  for (const [index, [version, driver]] of MAJORS.entries()) {
    const fuzzed = done[index] as Fuzzed;
    if (fuzzed.rounds >= rounds) continue;
    await using server = await startPostgres({ version }, { driver });
    const { host, port, user, password, database } = server.service.fields(server.server.endpoint);
    const target = { host, port: Number(port), user: user ?? '', password: password ?? '', database: database ?? '' };
    const result = await fuzzRewind(target, { rounds: Math.min(chunk, rounds - fuzzed.rounds), seed });
    fuzzed.rounds += result.rounds;
    fuzzed.seeds.push({ seed, rounds: result.rounds, commit });
    fuzzed.madeAnew += result.anew;
    for (const [name, count] of Object.entries(result.coverage)) fuzzed.coverage[name] = (fuzzed.coverage[name] ?? 0) + count;
    if (result.wrong !== undefined) fuzzed.wrongStates.push(result.wrong);
    console.log(`PostgreSQL ${version}, seed ${seed}: ${fuzzed.rounds} rounds, ${fuzzed.wrongStates.length} wrong states`);
    if (result.wrong !== undefined) console.log(result.wrong);
    const total = done.reduce((sum, one) => sum + one.rounds, 0);
    const wrong = done.reduce((sum, one) => sum + one.wrongStates.length, 0);
    fs.writeFileSync(
      file,
      `${JSON.stringify({ name: 'fuzz-postgres', rounds: total, wrongStates: wrong, versions: done, at: new Date().toISOString() }, null, 2)}\n`,
    );
  }
}
