// The long run of the fuzz of rewind on MariaDB: `npm run bench -- fuzz-mariadb [--rounds=10000] [--seed=1]`. What is done so far is on disk all the time.

import fs from 'node:fs';
import path from 'node:path';
import { fuzzRewind } from '../test/real/mariadb-rewind/fuzz.ts';
import { openDisposableMariadb } from './reset/mariadb-server.ts';

const option = (name: string, value: number) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? value);
const [rounds, seed, share] = [option('rounds', 10_000), option('seed', 1), 250];
const file = path.join(import.meta.dirname, 'results', 'fuzz-mariadb.json');
const coverage: Record<string, number> = {};
let wrong: string | undefined;
for (let done = 0; done < rounds && wrong === undefined; ) {
  await using server = await openDisposableMariadb();
  const result = await fuzzRewind(server.target, { rounds: Math.min(share, rounds - done), seed: seed + done });
  for (const [name, count] of Object.entries(result.coverage)) coverage[name] = (coverage[name] ?? 0) + count;
  wrong = result.wrong;
  done += share;
  const record = {
    name: 'fuzz-mariadb',
    mariadb: server.version,
    rounds: Math.min(done, rounds),
    seed,
    share,
    wrong: wrong ?? null,
    coverage,
  };
  fs.writeFileSync(file, `${JSON.stringify({ ...record, at: new Date().toISOString() }, null, 2)}\n`);
  console.log(`${done} rounds, ${wrong ?? 'all came back'}`);
}
process.exitCode = wrong === undefined ? 0 : 1;
