import fs from 'node:fs';
import path from 'node:path';
import { runCli } from './cli.ts';
import type { Ground } from './ground.ts';
import { connectPostgres } from './postgres-client.ts';
import { readCommandLine, readProcStat } from './proc.ts';
import { openRedis } from './redis-client.ts';
import type { Expected } from './traces.ts';

/** A living session of started services beside what is being killed, swept and pruned: none of it may ever be touched. */
export interface Bystander {
  readonly expected: Expected;
  readonly session: string;
  readonly env: Readonly<Record<string, string>>;
  /** What of it is gone or is another process than before; empty = all well. */
  missing(): readonly string[];
  /** Whether its servers still answer, with the data that were written at the beginning. */
  answers(): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startBystander(ground: Ground, name: string): Promise<Bystander> {
  const project = ground.project(name);
  const { env } = JSON.parse(await runCli(ground, project, ['services', 'start', '--json'])) as { env: Record<string, string> };
  const status = JSON.parse(await runCli(ground, project, ['services', 'status', '--json'])) as {
    session: string;
    pid: number;
    services: { name: string; pid: number }[];
  };
  const living = [{ name: 'session', pid: status.pid }, ...status.services].map(({ name, pid }) => ({
    name: `${name} (process ${pid}: ${readCommandLine(pid).slice(0, 60)})`,
    pid,
    startTime: readProcStat(pid)?.startTime,
  }));
  await writeMark(env, status.session);
  const folder = path.join(ground.runtime, 'sessions', status.session);
  return {
    expected: { pids: new Set([status.pid]), names: [status.session] },
    session: status.session,
    env,
    missing: () => [
      ...living.filter(({ pid, startTime }) => !startTime || readProcStat(pid)?.startTime !== startTime).map(({ name }) => name),
      ...(fs.existsSync(path.join(folder, 'session.json')) ? [] : [folder]),
    ],
    answers: async () => (await readMarks(env).catch(() => [])).every((mark) => mark === status.session),
    stop: async () => {
      await runCli(ground, project, ['services', 'stop']);
    },
  };
}

async function writeMark(env: Readonly<Record<string, string>>, mark: string): Promise<void> {
  const client = await connectPostgres(env);
  await client.query('create table bystander (mark text)');
  await client.query('insert into bystander values ($1)', [mark]);
  await client.end();
  using redis = await openRedis({ host: env.REDIS_HOST ?? '', port: Number(env.REDIS_PORT), password: env.REDIS_PASSWORD });
  await redis.send('SET', 'bystander', mark);
}

async function readMarks(env: Readonly<Record<string, string>>): Promise<unknown[]> {
  const client = await connectPostgres(env);
  const { rows } = await client.query<{ mark: string }>('select mark from bystander');
  await client.end();
  using redis = await openRedis({ host: env.REDIS_HOST ?? '', port: Number(env.REDIS_PORT), password: env.REDIS_PASSWORD });
  return [rows[0]?.mark, await redis.send('GET', 'bystander')];
}
