// Kills, starts and leases by the thousand: nothing may be left behind, nothing living be ended, nothing be called ready that is not, and no
// state be shared. `npm run soak [-- --ci] [--only kills|starts|clashes] [--kills N] [--starts N] [--rounds N] [--seed N]`
import { createFetcher } from '../src/artifacts/fetcher.ts';
import { type ClashFigures, soakClashes } from './soak/clashes.ts';
import { type KillFigures, type SoakContext, soakKills } from './soak/kills.ts';
import { readOptions } from './soak/options.ts';
import { publishSoak } from './soak/publish.ts';
import { type StartFigures, soakStarts } from './soak/starts.ts';

if (process.platform !== 'linux') throw new Error('the soak reads /proc, so it runs on Linux only');
const options = readOptions(process.argv.slice(2));
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
const startedAt = performance.now();
const context: SoakContext = {
  seed: options.seed,
  stopping: stopping.signal,
  say: (line) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}`),
};
console.log(`seed ${options.seed}`);

const versions: Record<string, string> = { node: process.version };
for (const [name, key] of [
  ['postgres', 'postgres@18'],
  ['valkey', 'valkey@9'],
] as const)
  versions[name] = (await createFetcher({}).fetch(key, undefined, { signal: stopping.signal, progress: console.log })).version;

let kills: KillFigures | undefined;
let starts: StartFigures | undefined;
let clashes: ClashFigures | undefined;
if (options.parts.includes('kills')) kills = await soakKills(options.kills, context);
if (options.parts.includes('starts')) starts = await soakStarts(options.starts, context);
if (options.parts.includes('clashes')) clashes = await soakClashes(options.rounds, context);

const complete = options.complete && !stopping.signal.aborted;
const seconds = Math.round((performance.now() - startedAt) / 1000);
const passed = publishSoak({ seed: options.seed, seconds, versions, kills, starts, clashes }, { complete });
process.exitCode = passed && !stopping.signal.aborted ? 0 : 1;
