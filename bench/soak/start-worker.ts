import os from 'node:os';
import path from 'node:path';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { openSession } from '../../src/session/session.ts';
import { connectPostgres } from './postgres-client.ts';
import { openRedis } from './redis-client.ts';

// Started by `starts.ts` with a project folder and a count: opens so many sessions one after another, and asks each server once.

export interface StartReport {
  readonly readyMs: number;
  readonly closedMs: number;
  /** One line for each server that did not answer its first question although it was called ready. */
  readonly falseReady: readonly string[];
  /** Why there was no session at all. */
  readonly failure?: string;
}

/** `::1` where the machine has it. */
const LOOPBACK = Object.values(os.networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => internal && ['127.0.0.1', '::1'].includes(address))
  .map(({ address }) => address);

const abandon = () => process.exit(1);
process.once('disconnect', abandon);
const [project = '', count = '0'] = process.argv.slice(2);
const plan = await makePlan(await resolveConfig({ cwd: project, env: process.env, registry: builtin }), builtin);
for (let started = 0; started < Number(count); started++) await send(await startOnce());
process.off('disconnect', abandon).disconnect();

async function startOnce(): Promise<StartReport> {
  const startedAt = performance.now();
  try {
    const session = await openSession({
      plan,
      registry: builtin,
      watchdogProgram: path.join(import.meta.dirname, '../../src/cli/watchdog.ts'),
      isolation: 'run',
      leasing: false,
      signal: AbortSignal.timeout(180_000),
    });
    const readyAt = performance.now();
    const falseReady = await askAll(session.mainEnv(), session.id);
    const closingAt = performance.now();
    await session[Symbol.asyncDispose]();
    return { readyMs: readyAt - startedAt, closedMs: performance.now() - closingAt, falseReady };
  } catch (error) {
    return { readyMs: performance.now() - startedAt, closedMs: 0, falseReady: [], failure: String((error as Error).message) };
  }
}

/** Every server at every address, all at once, each once. */
async function askAll(env: Readonly<Record<string, string>>, session: string): Promise<string[]> {
  const asked = LOOPBACK.flatMap((host) => [
    ask(`PostgreSQL at ${host}`, session, () => askPostgres(env, host)),
    ask(`Redis at ${host}`, session, () => askRedis(env, host)),
  ]);
  return (await Promise.all(asked)).flatMap((problem) => problem ?? []);
}

/** A server that answers must also be the one of this session: it works in the session's data folder. */
async function ask(name: string, session: string, folder: () => Promise<string>): Promise<string | undefined> {
  try {
    const found = await folder();
    return found.includes(session) ? undefined : `${name} is not of session ${session}: it works in ${found}`;
  } catch (error) {
    return `${name}: ${(error as Error).message}`;
  }
}

async function askPostgres(env: Readonly<Record<string, string>>, host: string): Promise<string> {
  const client = await connectPostgres(env, host);
  try {
    await client.query('create temporary table asked (value integer)');
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]?.data_directory ?? '';
  } finally {
    await client.end();
  }
}

async function askRedis(env: Readonly<Record<string, string>>, host: string): Promise<string> {
  using client = await openRedis({ host, port: Number(env.REDIS_PORT), password: env.REDIS_PASSWORD });
  const key = `asked by ${host}`;
  await client.send('SET', key, 'yes');
  if ((await client.send('GET', key)) !== 'yes') throw new Error('it lost a value');
  return String((await client.send('CONFIG', 'GET', 'dir'))?.[1]);
}

function send(report: StartReport): Promise<void> {
  return new Promise((resolve) => process.send?.(report, undefined, undefined, () => resolve()));
}
