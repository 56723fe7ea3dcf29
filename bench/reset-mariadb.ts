// What it costs to take a MariaDB database back after the standard test: the undo log beside TRUNCATE + reseed, in one run.

import { publish, type Ratio } from './lib/result.ts';
import { runInterleaved } from './lib/run-interleaved.ts';
import { round, type Summary } from './lib/stats.ts';
import type { Shop } from './reset/databases.ts';
import { mariadbRewindCase, mariadbTruncateCase } from './reset/mariadb-databases.ts';
import { openDisposableMariadb } from './reset/server.ts';

const SHOPS: readonly (Shop & { readonly label: string; readonly ratio: number; readonly rounds: number })[] = [
  { label: '60 tables, 2k rows', tables: 60, rows: 2000, ratio: 25, rounds: 60 },
  { label: '60 tables, 200k rows', tables: 60, rows: 200_000, ratio: 300, rounds: 10 },
];

const quick = process.argv.includes('--quick');
const cases: Record<string, Summary> = {};
const ratios: Ratio[] = [];
let version = '';
for (const { label, ratio, rounds, ...shop } of SHOPS) {
  // A server for each, as each lease has: what rewind asks the server for grows with its tables.
  await using server = await openDisposableMariadb();
  await using plain = await openDisposableMariadb();
  version = server.version;
  const single = mariadbRewindCase(server.target, `${label}, alone`, shop, true);
  Object.assign(cases, await runInterleaved([single], quick ? 30 : 150));
  const [rewind, truncate] = [
    mariadbRewindCase(server.target, label, shop, true),
    mariadbTruncateCase(plain.target, label, shop),
  ];
  Object.assign(cases, await runInterleaved([rewind, truncate], quick ? 5 : rounds));
  const median = (name: string) => cases[name]?.medianMs ?? Number.NaN;
  const [alone, between] = [single.name, rewind.name].map((name) => round(median(truncate.name) / median(name))) as [
    number,
    number,
  ];
  ratios.push(
    { name: `TRUNCATE + reseed / rewind alone, ${label}`, value: alone, target: `>= ${ratio}`, reached: alone >= ratio },
    { name: `TRUNCATE + reseed / rewind in turns with it, ${label}`, value: between },
  );
}
for (const { label, rounds, ...shop } of SHOPS.slice(0, 1)) {
  await using server = await openDisposableMariadb();
  Object.assign(cases, await runInterleaved([mariadbRewindCase(server.target, label, shop, false)], quick ? 5 : rounds));
}
const notes = [
  'rewind is the end of a test as a session does it; numbers of AUTO_INCREMENT are set back after it, off the clock, before the next test begins',
];
publish({ name: 'reset-mariadb', cases, ratios, versions: { node: process.version, mariadb: version }, notes }, { quick });
