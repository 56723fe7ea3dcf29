import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cli, startCli } from './cli.ts';
import type { Ground } from './ground.ts';
import { killNow, listPids, readCommandLine, readProcLink } from './proc.ts';
import type { Random } from './random.ts';
import { type Expected, findTraces, untilGone } from './traces.ts';
import { type Killing, killVictim, untilFound, VICTIMS, watchdogOf } from './victims.ts';

export interface KillRound {
  readonly kind: string;
  /** From the kill, or from the start of the next command where that has to clean up, until nothing was left. */
  readonly goneMs: number | undefined;
  /** False where the next command of Seatrial has to do it. */
  readonly cleansUpAlone: boolean;
  readonly replacedMs: number | undefined;
  /** What still was there when the time was over. */
  readonly orphans: readonly string[];
  /** Why the round could not be carried out as it should. */
  readonly problem: string | undefined;
}
export interface KillLane {
  readonly ground: Ground;
  readonly project: string;
  readonly expected: Expected;
}

const BUSY = path.join(import.meta.dirname, 'programs/busy.mjs');
const LATEST_KILL_MS = 900;
const PATIENCE_MS = 10_000;
const SEEN_WHEN_BUSY = [
  /bin\/postgres -D .* \(listens on/,
  /process \d+: postgres: .* SELECT$/m,
  /(redis|valkey)-server .* \(listens on/,
  /seatrial-watchdog/,
  /sleep 100000/,
  /^socket .*control\.sock$/m,
  /^folder .*\/sessions\//m,
  /^folder .*-data\//m,
];

/** Starts a run, kills somebody at a random moment of its start or while its query runs, and waits until nothing is left. */
export async function killRound(lane: KillLane, random: Random): Promise<KillRound> {
  const victim = random.pick(VICTIMS);
  const whileBusy = random.chance(0.5);
  const delayMs = random.below(whileBusy ? LATEST_KILL_MS / 3 : LATEST_KILL_MS);
  const pruneAfterMs = random.chance(0.15) ? random.below(LATEST_KILL_MS / 2) : undefined;
  const cli = startCli(lane.ground, lane.project, ['run', '--', process.execPath, BUSY]);
  if (pruneAfterMs !== undefined) {
    await sleep(pruneAfterMs);
    const problem = await prune(lane);
    if (problem) return { ...failed('prune beside a living run', problem), orphans: await endRun(cli, lane) };
  }
  if (whileBusy && (await cli.wrote('busy'))) assertSees(lane);
  await sleep(delayMs);
  const killing = await killVictim(victim, cli, random);
  const moment = whileBusy ? 'busy' : 'starting';
  if (!killing)
    return failed(`${victim}, ${moment}`, `the run ended by itself with ${await cli.ended}: ${cli.stderr()}${cli.stdout()}`);
  if (!killing.needsNextCommand && random.chance(0.2)) return finishAtOnce(lane, killing);
  return finish(lane, cli, killing);
}

/** The same for the background process of `services start`. */
export async function killServicesRound(lane: KillLane, random: Random): Promise<KillRound> {
  const withWatchdog = random.chance(0.5);
  const whileStarting = random.chance(0.5);
  const cli = startCli(lane.ground, lane.project, ['services', 'start']);
  const daemon = await untilFound(() => findDaemon(lane.project), cli);
  if (daemon === undefined) return failed('services', `services start ended with ${await cli.ended}: ${cli.stderr()}`);
  if (!whileStarting && (await cli.ended) !== 0) return failed('services', `services start failed: ${cli.stderr()}`);
  await sleep(random.below(LATEST_KILL_MS / 2));
  const watchdog = watchdogOf(daemon);
  killNow(daemon);
  if (withWatchdog && watchdog !== undefined) killNow(watchdog);
  const needsNextCommand = withWatchdog || watchdog === undefined;
  const kind = watchdog === undefined ? ', before it has a watchdog' : withWatchdog ? ' and its watchdog' : '';
  return finish(lane, cli, { kind: `started services${kind}`, at: performance.now(), needsNextCommand });
}

async function finish(lane: KillLane, cli: Cli, killing: Killing): Promise<KillRound> {
  const { ground, expected } = lane;
  const { kind, replacedMs } = killing;
  let since = killing.at;
  findTraces(ground, expected); // who is dying now is not seen later, when only what it leaves is there
  if (killing.needsNextCommand) {
    await cli.ended;
    since = performance.now();
    const problem = await prune(lane);
    if (problem) return { ...failed(kind, problem), orphans: findTraces(ground, expected) };
  }
  const { ms, left } = await untilGone(ground, expected, { since, timeoutMs: PATIENCE_MS });
  const goneMs = left.length > 0 ? undefined : ms;
  return { kind, goneMs, cleansUpAlone: !killing.needsNextCommand, replacedMs, orphans: left, problem: undefined };
}

/** Whoever cleans up by itself does that beside a next command which takes the dead session for its own business as well. */
async function finishAtOnce(lane: KillLane, { kind: victim, at, replacedMs }: Killing): Promise<KillRound> {
  const kind = `${victim}, and a prune at once`;
  const problem = await prune(lane);
  const { ms, left } = await untilGone(lane.ground, lane.expected, { since: at, timeoutMs: PATIENCE_MS });
  const goneMs = left.length > 0 ? undefined : ms;
  return { kind, goneMs, cleansUpAlone: false, replacedMs, orphans: left, problem };
}

async function endRun(cli: Cli, { ground, expected }: KillLane): Promise<readonly string[]> {
  killNow(cli.pid);
  return (await untilGone(ground, expected, { since: performance.now(), timeoutMs: PATIENCE_MS })).left;
}

/** A check that is blind finds no orphan either: of a run with a busy query it must see all that is there. */
function assertSees({ ground, expected }: KillLane): void {
  const traces = findTraces(ground, expected).join('\n');
  for (const wanted of SEEN_WHEN_BUSY)
    if (!wanted.test(traces)) throw new Error(`the check for orphans does not see ${wanted} of a living run:\n${traces}`);
}

/** Answers why it failed. */
async function prune({ ground, project }: KillLane): Promise<string | undefined> {
  const cli = startCli(ground, project, ['prune']);
  const code = await cli.ended;
  return code === 0 ? undefined : `seatrial prune ended with ${code}: ${cli.stderr()}`;
}

function findDaemon(project: string): number | undefined {
  return listPids().find((pid) => readCommandLine(pid).includes('cli/serve.ts') && readProcLink(pid, 'cwd') === project);
}

function failed(kind: string, problem: string): KillRound {
  return { kind, goneMs: undefined, cleansUpAlone: false, replacedMs: undefined, orphans: [], problem };
}
