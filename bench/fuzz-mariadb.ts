// The long run of the fuzz of rewind on MariaDB: `npm run bench -- fuzz-mariadb [--rounds N] [--seed N] [--chunk N] [--append]`; `--append` goes on where
// the results in the file end. It ends at the first wrong state; what is done so far is on disk all the time.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzRewind } from '../test/real/mariadb-rewind/fuzz.ts';
import { runProgram } from './lib/program.ts';
import { openDisposableMariadb } from './reset/server.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    chunk: { type: 'string', default: '250' },
    append: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

interface Fuzzed {
  name: string;
  mariadb: string;
  rounds: number;
  wrongStates: string[];
  coverage: Record<string, number>;
  /** Each with the commit that it ran on. */
  seeds: { seed: number; rounds: number; commit: string }[];
  at: string;
  /** What former runs found, by hand: with the commit that mended it. */
  mended?: unknown;
}
const file = path.join(import.meta.dirname, 'results', 'fuzz-mariadb.json');
const commit = process.env.SEATRIAL_FUZZ_COMMIT ?? (await runProgram('git', ['rev-parse', '--short', 'HEAD'])).trim();
const fuzzed: Fuzzed = values.append
  ? JSON.parse(fs.readFileSync(file, 'utf8'))
  : { name: 'fuzz-mariadb', mariadb: '', rounds: 0, wrongStates: [], coverage: {}, seeds: [], at: '' };
const firstSeed = values.seed === undefined ? crypto.randomInt(1, 2 ** 30) : Number(values.seed);

for (let seed = firstSeed; fuzzed.rounds < rounds && fuzzed.wrongStates.length === 0; seed++) {
  await using server = await openDisposableMariadb();
  const share = Math.min(Number(values.chunk), rounds - fuzzed.rounds);
  const { wrong, coverage } = await fuzzRewind(server.target, { rounds: share, seed });
  if (wrong === undefined) fuzzed.rounds += share;
  else fuzzed.wrongStates.push(wrong);
  fuzzed.seeds.push({ seed, rounds: share, commit });
  for (const [name, count] of Object.entries(coverage)) fuzzed.coverage[name] = (fuzzed.coverage[name] ?? 0) + count;
  Object.assign(fuzzed, { mariadb: server.version, at: new Date().toISOString() });
  fs.writeFileSync(file, `${JSON.stringify(fuzzed, null, 2)}\n`);
  console.log(`seed ${seed}: ${fuzzed.rounds} rounds, ${wrong ?? 'all came back'}`);
}
process.exitCode = fuzzed.wrongStates.length === 0 ? 0 : 1;
