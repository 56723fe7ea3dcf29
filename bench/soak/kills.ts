import { type Bystander, startBystander } from './bystander.ts';
import { makeGround } from './ground.ts';
import { type KillRound, killRound, killServicesRound } from './kill-round.ts';
import { type Quantiles, quantiles } from './quantiles.ts';
import { createRandom } from './random.ts';
import { NOTHING, removeTraces, untilGone } from './traces.ts';

export interface KillFigures {
  readonly rounds: number;
  readonly orphans: number;
  readonly reaped: number;
  /** Rounds that went wrong before anything was killed. */
  readonly problems: number;
  /** Until nothing was left, by who was killed. Where both who clean up were killed, from the start of the next command. */
  readonly goneMs: Readonly<Record<string, Quantiles>>;
  /** Of those where the watchdog or the session cleans up by itself. */
  readonly goneAloneMs: Quantiles | undefined;
  readonly watchdogReplacedMs: Quantiles | undefined;
  /** What was found, in words. */
  readonly findings: readonly string[];
}
export interface SoakContext {
  readonly seed: number;
  readonly stopping: AbortSignal;
  say(line: string): void;
}

const LANES = 2;
const SERVICES_EVERY = 20;

export async function soakKills(total: number, { seed, stopping, say }: SoakContext): Promise<KillFigures> {
  const rounds: KillRound[] = [];
  const findings: string[] = [];
  let reaped = 0;
  let next = 0;
  const found = (line: string) => {
    findings.push(line);
    say(line);
  };
  const reap = (line: string) => {
    reaped++;
    found(line);
  };

  const runLane = async () => {
    const ground = makeGround();
    let bystander: Bystander | undefined;
    try {
      bystander = await startBystander(ground, 'neighbour');
      const { expected } = bystander;
      const place = { ground, project: ground.project('shop'), expected };
      while (next < total && !stopping.aborted) {
        const number = next++;
        const kill = number % SERVICES_EVERY === SERVICES_EVERY - 1 ? killServicesRound : killRound;
        const round = await kill(place, createRandom(seed, number));
        rounds.push(round);
        for (const orphan of round.orphans) found(`round ${number} (${round.kind}): left ${orphan}`);
        if (round.problem) found(`round ${number} (${round.kind}): ${round.problem}`);
        if (round.orphans.length > 0 || round.problem) removeTraces(ground, expected);
        if (rounds.length % 50 === 0) say(`${rounds.length} of ${total} kills`);
        const missing = bystander.missing();
        if (missing.length === 0) continue;
        return reap(`round ${number} (${round.kind}): of the living session beside it, gone: ${missing.join(', ')}`);
      }
      if (!(await bystander.answers())) reap('the living session beside the killed ones does not answer any more');
      await bystander.stop();
      const { left } = await untilGone(ground, NOTHING, { since: performance.now(), timeoutMs: 5_000 });
      for (const orphan of left) found(`services stop: left ${orphan}`);
      rounds.push({
        kind: 'services stop',
        goneMs: undefined,
        cleansUpAlone: false,
        replacedMs: undefined,
        orphans: left,
        problem: undefined,
      });
    } catch (error) {
      next = total; // the other lane ends too
      throw error;
    } finally {
      removeTraces(ground, NOTHING);
      ground.remove();
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(LANES, total) }, runLane));
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  return { ...summarize(rounds), reaped, findings };
}

function summarize(rounds: readonly KillRound[]): Omit<KillFigures, 'reaped' | 'findings'> {
  const timesOf = (some: readonly KillRound[]) => quantiles(some.flatMap(({ goneMs }) => goneMs ?? []));
  const kinds = [...Map.groupBy(rounds, ({ kind }) => kind)].toSorted(([a], [b]) => a.localeCompare(b));
  return {
    rounds: rounds.filter(({ kind }) => kind !== 'services stop').length,
    orphans: rounds.reduce((sum, { orphans }) => sum + orphans.length, 0),
    problems: rounds.filter(({ problem }) => problem).length,
    goneMs: Object.fromEntries(
      kinds.flatMap(([kind, some]) => {
        const times = timesOf(some);
        return times ? [[kind, times]] : [];
      }),
    ),
    goneAloneMs: timesOf(rounds.filter(({ cleansUpAlone }) => cleansUpAlone)),
    watchdogReplacedMs: quantiles(rounds.flatMap(({ replacedMs }) => replacedMs ?? [])),
  };
}
