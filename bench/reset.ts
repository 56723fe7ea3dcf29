// What it costs to bring a PostgreSQL database back after the standard test: the undo log beside TRUNCATE + reseed, in one run.

import { atLeast, atMost, publish, type Ratio } from './lib/result.ts';
import { runInterleaved } from './lib/run-interleaved.ts';
import { round, type Summary } from './lib/stats.ts';
import { BATCH, captureCases, STATEMENTS } from './reset/capture.ts';
import { rewindCase, type Shop, truncateCase } from './reset/databases.ts';
import { HAND_OUT, handOutCase } from './reset/hand-out.ts';
import { openDisposableServer } from './reset/server.ts';

const SHOPS: readonly (Shop & { readonly label: string; readonly ratio: number; readonly rounds: number })[] = [
  { label: '60 tables, 2k rows', tables: 60, rows: 2000, ratio: 30, rounds: 60 },
  { label: '300 tables, 2k rows', tables: 300, rows: 2000, ratio: 80, rounds: 20 },
  { label: '60 tables, 200k rows', tables: 60, rows: 200_000, ratio: 350, rounds: 10 },
];

const quick = process.argv.includes('--quick');
await using server = await openDisposableServer();
const cases: Record<string, Summary> = {};
const ratios: Ratio[] = [];
const alone: number[] = [];
for (const { label, ratio, rounds, ...shop } of SHOPS) {
  const single = rewindCase(server.target, `${label}, alone`, shop);
  Object.assign(cases, await runInterleaved([single], quick ? 30 : 300));
  const [rewind, truncate] = [rewindCase(server.target, label, shop), truncateCase(server.target, label, shop)];
  Object.assign(cases, await runInterleaved([rewind, truncate], quick ? 3 : rounds));
  const median = (name: string) => cases[name]?.medianMs ?? Number.NaN;
  alone.push(median(single.name));
  const times = round(median(truncate.name) / median(single.name));
  ratios.push(atLeast(`TRUNCATE + reseed / rewind alone, ${label}`, times, ratio));
}
const [small = 0, many = 0, large = 0] = alone;
ratios.push(
  atMost('rewind alone, 60 tables, ms', round(small, 2), 1.2),
  atMost('rewind alone, 300 tables, ms', round(many, 2), 1.8),
  atMost('rewind alone, 200k rows / 2k rows', round(large / small, 2), 1.3),
);

// What isolation `database` costs where no clone has to be waited for.
Object.assign(cases, await runInterleaved([handOutCase(server.target, { tables: 60, rows: 2000 })], quick ? 10 : 40));
ratios.push(atMost(`${HAND_OUT}, ms`, round(cases[HAND_OUT]?.medianMs ?? Number.NaN, 2), 5));

// What capture costs the app.
Object.assign(cases, await runInterleaved(captureCases(server.target), quick ? 6 : 40));
const of = (name: string, how: string) => cases[`${name}, ${how}`]?.medianMs ?? Number.NaN;
for (const { name } of STATEMENTS.filter((statement) => statement.name.startsWith(`${BATCH} `)))
  ratios.push(
    atMost(`capture, us per statement, ${name}`, round(((of(name, 'captured') - of(name, 'plain')) / BATCH) * 1000), 25),
  );
ratios.push(
  atMost(
    'capture, INSERT of 10k rows, times',
    round(of('INSERT of 10k rows', 'captured') / of('INSERT of 10k rows', 'plain'), 2),
    1.15,
  ),
  atMost(
    'capture, UPDATE of 10k rows, times',
    round(of('UPDATE of 10k rows', 'captured') / of('UPDATE of 10k rows', 'plain'), 2),
    2.5,
  ),
);
publish({ name: 'reset', cases, ratios, versions: { node: process.version, postgres: server.version }, notes: [] }, { quick });
