import { setTimeout as sleep } from 'node:timers/promises';
import type { Cli } from './cli.ts';
import { findChild, killNow } from './proc.ts';
import type { Random } from './random.ts';

export const VICTIMS = ['session', 'watchdog, then session', 'command', 'terminal group', 'session and watchdog'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Killing {
  /** The victim, or what it came down to. */
  readonly kind: string;
  readonly at: number;
  /** Both who could clean up at once are dead: the next command of Seatrial does it. */
  readonly needsNextCommand: boolean;
  /** How long it took until a killed watchdog was replaced. */
  readonly replacedMs?: number;
}

/** Sends the SIGKILLs. Undefined when the victim ended by itself before. */
export async function killVictim(victim: Victim, cli: Cli, random: Random): Promise<Killing | undefined> {
  if (victim === 'command') {
    const command = await untilFound(
      () => findChild(cli.pid, (line) => line.endsWith('busy.mjs') && !line.includes(' run ')),
      cli,
    );
    if (command === undefined || !killNow(command)) return undefined;
    return { kind: victim, at: performance.now(), needsNextCommand: false };
  }
  if (victim === 'watchdog, then session') return killWatchdogFirst(cli, random);
  if (victim === 'session and watchdog') {
    const watchdog = await untilFound(() => watchdogOf(cli.pid), cli);
    if (watchdog === undefined) return undefined;
    for (const pid of random.chance(0.5) ? [cli.pid, watchdog] : [watchdog, cli.pid]) killNow(pid);
    return { kind: victim, at: performance.now(), needsNextCommand: true };
  }
  if (cli.hasEnded()) return undefined;
  const unwatched = watchdogOf(cli.pid) === undefined;
  killNow(victim === 'terminal group' ? -cli.pid : cli.pid);
  return {
    kind: unwatched ? `${victim}, before it has a watchdog` : victim,
    at: performance.now(),
    needsNextCommand: unwatched,
  };
}

export function watchdogOf(session: number): number | undefined {
  return findChild(session, (line) => line.includes('seatrial-watchdog'));
}

async function killWatchdogFirst(cli: Cli, random: Random): Promise<Killing | undefined> {
  const first = await untilFound(() => watchdogOf(cli.pid), cli);
  if (first === undefined || !killNow(first)) return undefined;
  const killedAt = performance.now();
  const other = () => {
    const now = watchdogOf(cli.pid);
    return now === first ? undefined : now;
  };
  const second = await untilFound(other, cli, 5_000);
  if (cli.hasEnded()) return undefined;
  const replacedMs = performance.now() - killedAt;
  if (second !== undefined) await sleep(random.below(150));
  killNow(cli.pid);
  const kind = second === undefined ? 'watchdog that was not replaced, then session' : 'watchdog, then session';
  return { kind, at: performance.now(), needsNextCommand: false, replacedMs };
}

/** Looks until there is one; undefined when the CLI has ended first, or the time is over. */
export async function untilFound(look: () => number | undefined, cli: Cli, timeoutMs = 60_000): Promise<number | undefined> {
  const deadline = performance.now() + timeoutMs;
  while (!cli.hasEnded() && performance.now() < deadline) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(4);
  }
  return undefined;
}
