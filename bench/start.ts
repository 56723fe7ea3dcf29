// How long until a PostgreSQL is ready, from a warm cache, beside what people use today; and what the packed CLI itself costs.
import fs from 'node:fs';
import { createFetcher } from '../src/artifacts/fetcher.ts';
import { atLeast, atMost, publish } from './lib/result.ts';
import { runInterleaved } from './lib/run-interleaved.ts';
import { round } from './lib/stats.ts';
import { handMadeCase } from './start/hand-made.ts';
import { CLI_CASES, cliCases, installPackedCli } from './start/packed-cli.ts';
import { seatrialCase } from './start/seatrial-session.ts';
import { testcontainersCases } from './start/testcontainers.ts';

const SEATRIAL = 'seatrial, ready PostgreSQL';

const quick = process.argv.includes('--quick');
const tools = await createFetcher({}).fetch('postgres@18', undefined, {
  signal: AbortSignal.timeout(600_000),
  progress: console.log,
});
const containers = await testcontainersCases();
const floor = handMadeCase(tools);
const servers = await runInterleaved([seatrialCase(SEATRIAL), floor, ...containers.cases], quick ? 3 : 15);
const cli = await installPackedCli();
const commands = await runInterleaved(cliCases(cli), quick ? 3 : 20).finally(() => cli.remove());
const cases = { ...servers, ...commands };

const median = (name: string) => cases[name]?.medianMs ?? Number.NaN;

publish(
  {
    name: 'start',
    cases,
    ratios: [
      ...containers.cases.map(({ name }) => atLeast(`${name} / seatrial`, round(median(name) / median(SEATRIAL)), 15)),
      atMost(`seatrial / ${floor.name}`, round(median(SEATRIAL) / median(floor.name), 2), 1.3),
      atMost(`${CLI_CASES.help} / ${CLI_CASES.node}`, round(median(CLI_CASES.help) / median(CLI_CASES.node), 2), 5),
      atMost(`${CLI_CASES.help}, ms`, median(CLI_CASES.help), 120),
      atMost(`${CLI_CASES.attached}, ms`, median(CLI_CASES.attached), 150),
      atMost(`${CLI_CASES.whole}, ms`, median(CLI_CASES.whole), 400),
      atMost(`${CLI_CASES.prompt}, ms`, median(CLI_CASES.prompt), 200),
      atMost(`${CLI_CASES.migrated} / none`, round(median(CLI_CASES.migrated) / median(CLI_CASES.plain), 2), 1.2),
    ],
    versions: {
      node: process.version,
      postgres: tools.version,
      engine: containers.engine,
      testcontainers: versionOf('testcontainers'),
    },
    notes: containers.note ? [containers.note] : [],
  },
  { quick },
);

function versionOf(name: string): string {
  return JSON.parse(fs.readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
}
