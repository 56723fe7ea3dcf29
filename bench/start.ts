import { createFetcher } from '../src/artifacts/fetcher.ts';
import { publish } from './lib/result.ts';
import { runInterleaved } from './lib/run-interleaved.ts';
import { handMadeCase } from './start/hand-made.ts';
import { testcontainersCases } from './start/testcontainers.ts';

const quick = process.argv.includes('--quick');
const tools = await createFetcher({}).fetch('postgres@18', undefined, {
  signal: AbortSignal.timeout(600_000),
  progress: console.log,
});
const containers = await testcontainersCases();
const cases = await runInterleaved([handMadeCase(tools), ...containers.cases], quick ? 3 : 15);
publish(
  {
    name: 'start',
    cases,
    ratios: [],
    versions: { node: process.version, postgres: tools.version, engine: containers.engine },
    notes: containers.note ? [containers.note] : [],
  },
  { quick },
);
