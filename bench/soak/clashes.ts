import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlClient } from '../../src/control/client.ts';
import { type Bystander, startBystander } from './bystander.ts';
import { type Ground, makeGround } from './ground.ts';
import type { SoakContext } from './kills.ts';
import { connectPostgres } from './postgres-client.ts';
import { listPids, readCommandLine, readProcLink } from './proc.ts';
import { type Quantiles, quantiles } from './quantiles.ts';
import { createRandom } from './random.ts';
import type { TerminalAnswer, TerminalRequest } from './terminal.ts';
import { NOTHING, removeTraces, untilGone } from './traces.ts';

export interface ClashFigures {
  readonly rounds: number;
  readonly leases: number;
  readonly clashes: number;
  /** Databases and servers of ended leases. */
  readonly orphans: number;
  readonly killedTerminals: number;
  /** Until 8 clients of one terminal had their leases, with all terminals asking at once, and had written. */
  readonly leasedMs: Quantiles | undefined;
  /** Until the session had ended the leases of a killed terminal. */
  readonly killedEndedMs: Quantiles | undefined;
  readonly findings: readonly string[];
}

const TERMINALS = 4;
const CLIENTS = 8;
/** One lease is kept ready for whoever comes next. */
const SPARE = 1;

export async function soakClashes(total: number, { seed, stopping, say }: SoakContext): Promise<ClashFigures> {
  const ground = makeGround();
  const findings: string[] = [];
  const found = (line: string) => {
    findings.push(line);
    say(line);
  };
  const times = { leased: [] as number[], killedEnded: [] as number[] };
  let [rounds, leases, clashes, killed] = [0, 0, 0, 0];
  const terminals: Terminal[] = [];
  try {
    const services = await startBystander(ground, 'shop'); // its own rows and keys must survive all of it as well
    const access = readAccess(ground, services.session);
    const client = createControlClient(access);
    const open = async (terminal: number) => {
      terminals[terminal] = startTerminal(ground);
      await terminals[terminal].ask({ type: 'open', ...access, terminal, clients: CLIENTS });
    };
    for (let terminal = 0; terminal < TERMINALS; terminal++) await open(terminal);
    for (; rounds < total && !stopping.aborted; rounds++) {
      const random = createRandom(seed, rounds);
      const ask = async (request: TerminalRequest) => {
        const answers = await Promise.all(terminals.map((terminal) => terminal.ask(request)));
        for (const problem of answers.flatMap(({ problems }) => problems)) {
          clashes++;
          found(`round ${rounds}: ${problem}`);
        }
        return answers.flatMap((answer) => answer.leases);
      };
      const startedAt = performance.now();
      const held = await ask({ type: 'lease', round: rounds });
      times.leased.push(performance.now() - startedAt);
      leases += held.length;
      for (const name of ['database', 'redis'] as const) {
        const twice = TERMINALS * CLIENTS - new Set(held.map((lease) => lease[name])).size;
        if (twice === 0) continue;
        clashes += twice;
        found(
          `round ${rounds}: ${held.length} leases have ${new Set(held.map((lease) => lease[name])).size} different ${name} addresses`,
        );
      }
      await ask({ type: 'empty' });
      if (random.chance(0.2)) {
        const victim = Math.floor(random.below(TERMINALS));
        const victimPid = terminals[victim]?.pid;
        await terminals[victim]?.kill();
        const killedAt = performance.now();
        while ((await client.leases()).some(({ key }) => key.mainPid === victimPid) && performance.now() - killedAt < 30_000)
          await sleep(5);
        times.killedEnded.push(performance.now() - killedAt);
        killed++;
        await open(victim);
      }
      await ask({ type: 'end' });
      if (rounds % 10 === 9) say(`${rounds + 1} of ${total} rounds`);
    }
    for (const terminal of terminals) terminal.end();
    const orphans = await leftOfLeases(ground, services);
    for (const orphan of orphans) found(`after all leases: left ${orphan}`);
    const gone = services.missing();
    if (gone.length > 0 || !(await services.answers())) {
      clashes++;
      found(`the session's own state was touched${gone.length > 0 ? `, gone: ${gone.join(', ')}` : ''}`);
    }
    await services.stop();
    const { left } = await untilGone(ground, NOTHING, { since: performance.now(), timeoutMs: 5_000 });
    for (const orphan of left) found(`after services stop: left ${orphan}`);
    return {
      rounds,
      leases,
      clashes,
      orphans: orphans.length + left.length,
      killedTerminals: killed,
      leasedMs: quantiles(times.leased),
      killedEndedMs: quantiles(times.killedEnded),
      findings,
    };
  } finally {
    for (const terminal of terminals) await terminal.kill();
    removeTraces(ground, NOTHING);
    ground.remove();
  }
}

interface Terminal {
  readonly pid: number;
  ask(request: TerminalRequest): Promise<TerminalAnswer>;
  kill(): Promise<void>;
  end(): void;
}

function startTerminal(ground: Ground): Terminal {
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'terminal.ts'), { env: ground.env });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid as number,
    ask: (request) =>
      new Promise((resolve, reject) => {
        const onMessage = (answer: unknown) => settle(() => resolve(answer as TerminalAnswer));
        const onExit = () => settle(() => reject(new Error('a terminal ended by itself')));
        const settle = (finish: () => void) => {
          child.off('message', onMessage).off('exit', onExit);
          finish();
        };
        child.on('message', onMessage).on('exit', onExit);
        child.send(request);
      }),
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
    end: () => child.disconnect(),
  };
}

/** Databases beside the main one and its template, and Redis servers beside the main one, once the session had time to drop them. */
async function leftOfLeases(ground: Ground, services: Bystander): Promise<string[]> {
  const main = services.env.PGDATABASE ?? '';
  const postgres = await connectPostgres(services.env);
  const look = async () => {
    const { rows } = await postgres.query<{ datname: string }>('select datname from pg_database where not datistemplate');
    const databases = rows
      .map(({ datname }) => datname)
      .filter((name) => !['postgres', main].includes(name) && !name.endsWith('_seatrial_template'));
    const servers = listPids().filter(
      (pid) =>
        readProcLink(pid, 'cwd').startsWith(path.join(ground.data, services.session)) &&
        /cache-[a-z0-9]+\//.test(`${readProcLink(pid, 'cwd')}/`),
    );
    return [
      ...databases.slice(SPARE).map((name) => `database ${name}`),
      ...servers.slice(SPARE).map((pid) => `process ${pid}: ${readCommandLine(pid)}`),
    ];
  };
  const deadline = performance.now() + 15_000;
  let left = await look();
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(50);
    left = await look();
  }
  await postgres.end();
  return left;
}

function readAccess(ground: Ground, session: string): { socketPath: string; token: string } {
  const folder = path.join(ground.runtime, 'sessions', session);
  const { socketPath } = JSON.parse(fs.readFileSync(path.join(folder, 'session.json'), 'utf8')) as { socketPath: string };
  return { socketPath, token: fs.readFileSync(path.join(folder, 'token'), 'utf8') };
}
