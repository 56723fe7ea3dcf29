import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { docker, whyNoContainer } from '../helpers/docker.ts';
import { type Ended, type StartOptions, seatrial, startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { program } from './programs.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

const missing = await whyNoContainer('postgres:18');

/** The engine of this machine, which the other tests can't see. */
const ENGINE = { DOCKER_HOST: process.env.DOCKER_HOST ?? '' };

interface Place {
  readonly workspace: Workspace;
  run(args: readonly string[], options?: StartOptions): Promise<Ended>;
  start(args: readonly string[]): ReturnType<typeof startSeatrial>;
  /** Names of the containers of this test that are there. */
  containers(): Promise<readonly string[]>;
  untilGone(): Promise<void>;
}

function makePlace(services: string, files: Readonly<Record<string, string>> = {}): Place {
  const project = `d${randomBytes(4).toString('hex')}`;
  const workspace = makeWorkspace({
    'seatrial.yaml': `project: ${project}\ndrivers: [docker]\nservices:\n${services}`,
    ...files,
  });
  const containers = async () =>
    (await docker('ps', '-a', '--filter', `label=seatrial.project=${project}`, '--format', '{{.Names}}'))
      .split('\n')
      .filter(Boolean);
  onTestFinished(async () => {
    const left = await containers();
    if (left.length > 0) await docker('rm', '-f', '-v', ...left);
  });
  return {
    workspace,
    run: (args, options) => seatrial(workspace, args, { ...options, env: { ...ENGINE, ...options?.env } }),
    start: (args) => startSeatrial(workspace, args, { env: ENGINE }),
    containers,
    untilGone: () => expect.poll(containers, { timeout: WATCHDOG_MS }).toEqual([]),
  };
}

describe('services in containers', () => {
  test('A command sees migrated databases in containers that are named after the run, and nothing is left', async ({ skip }) => {
    if (missing) skip(missing);
    const { workspace, run, containers } = makePlace(
      '  db: { use: postgres@18, init: init, migrate: schema.sql, roles: [auditor], memory: 512m }\n  cache: redis@7\n',
      {
        'init/a.sql': 'CREATE TABLE made_by_init (id int); GRANT SELECT ON made_by_init TO auditor;',
        'schema.sql': 'CREATE TABLE orders (id int);',
      },
    );
    const script = [
      'docker ps --format "{{.Names}} {{.Ports}}"',
      `node ${program('sql.mjs')} "select to_regclass('made_by_init') is not null as init, to_regclass('orders') is not null as migrated, current_setting('fsync') as fsync"`,
      'docker inspect --format "{{.HostConfig.Memory}} {{.HostConfig.Tmpfs}}" "$(docker ps --format "{{.Names}}" --filter "name=-db-test-$RUN")"',
    ];
    const { code, stdout, stderr } = await run(['run', '--', 'sh', '-c', script.join(' && ')], { env: { RUN: '' } });

    expect(stderr).toContain('PostgreSQL 18, docker');
    expect(code).toBe(0);
    expect(stdout).toMatch(/-db-test-[0-9a-z]+ 127\.0\.0\.1:\d+->5432\/tcp/);
    expect(stdout).toMatch(/-cache-test-[0-9a-z]+ 127\.0\.0\.1:\d+->6379\/tcp/);
    expect(stdout).toContain('true');
    expect(stdout).toContain('536870912 map[/var/lib/postgresql:rw]');
    expect(await containers()).toEqual([]);
    expect(await leftoversAfter(workspace)).toEqual([]);
  });

  test('Two runs at once share nothing', async ({ skip }) => {
    if (missing) skip(missing);
    const { run, containers } = makePlace('  cache: redis@7\n');
    const both = await Promise.all([1, 2].map(() => run(['run', '--', 'sh', '-c', 'echo "$REDIS_URL"'])));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(both.map(({ stdout }) => stdout)).size).toBe(2);
    expect(await containers()).toEqual([]);
  });

  test('Ctrl-C leaves no container', async ({ skip }) => {
    if (missing) skip(missing);
    const { workspace, start, containers } = makePlace('  cache: redis@7\n');
    const run = start(['run', '--', 'sh', '-c', 'echo up; exec sleep 976']);
    await run.untilStdout(/up/);
    run.killGroup('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(await containers()).toEqual([]);
    expect(await leftoversAfter(workspace)).toEqual([]);
  });

  test('SIGKILL of the session leaves no container, also in the moment in which one is made', async ({ skip }) => {
    if (missing) skip(missing);
    const { workspace, start, untilGone } = makePlace('  cache: redis@7\n');
    const ready = start(['run', '--', 'sh', '-c', 'echo up; exec sleep 976']);
    await ready.untilStdout(/up/);
    ready.kill('SIGKILL');
    await untilGone();

    for (let round = 0; round < 2; round++) {
      const early = start(['run', '--', 'sleep', '976']);
      await expect.poll(() => ledgers(workspace), { interval: 1 }).toContain('"kind":"container"');
      early.kill('SIGKILL');
      await early.ended;
      expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]); // the watchdog has done its work
      await untilGone();
    }
  });

  test('When the watchdog is killed too, the next command sweeps', async ({ skip }) => {
    if (missing) skip(missing);
    const { workspace, start, run, containers, untilGone } = makePlace('  cache: redis@7\n');
    const killed = start(['run', '--', 'sh', '-c', 'echo up; exec sleep 976']);
    await killed.untilStdout(/up/);
    const watchdogs = findProcesses(workspace.top).filter(({ text }) => text.includes('watch'));
    expect(watchdogs.length).toBeGreaterThan(0);
    for (const { pid } of watchdogs) process.kill(pid, 'SIGSTOP'); // or it would be replaced
    killed.kill('SIGKILL');
    for (const { pid } of watchdogs) process.kill(pid, 'SIGKILL');
    expect(await containers()).toHaveLength(1);

    expect((await run(['prune'])).code).toBe(0);
    await untilGone();
  });
});

describe('what is wrong with containers is said', () => {
  test('no engine: each address that was tried', async () => {
    const { workspace } = makePlace('  db: postgres@18\n');
    const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);
    expect(code).toBe(125);
    expect(stderr).toContain(`no container engine answers (${workspace.top}/no-engine (DOCKER_HOST): it does not exist)`);
  });

  test('an image that is not there and may not be pulled', async ({ skip }) => {
    if (missing) skip(missing);
    const { run } = makePlace('  db: { use: postgres@16, image: "seatrial.invalid/team/postgres:16", pull: never }\n');
    const { code, stderr } = await run(['run', '--', 'true']);
    expect(code).toBe(125);
    expect(stderr).toMatch(/has no image seatrial\.invalid\/team\/postgres:16, and `pull: never` forbids to pull it/);
  });

  test('an image that can not be pulled', async ({ skip }) => {
    if (missing) skip(missing);
    const { run } = makePlace('  db: { use: postgres@16, image: "127.0.0.1:9/team/postgres:16" }\n');
    const { code, stderr } = await run(['run', '--', 'true']);
    expect(code).toBe(125);
    expect(stderr).toMatch(/has no image 127\.0\.0\.1:9\/team\/postgres:16 and can't pull it: .+/);
    expect(stderr).toContain('docker load');
  });

  test('a container that exits at once, with its log', async ({ skip }) => {
    if (missing) skip(missing);
    const { run, containers } = makePlace('  db: { use: postgres@18, settings: { shared_buffers: lots } }\n');
    const { code, stderr } = await run(['run', '--', 'true']);
    expect(code).toBe(125);
    expect(stderr).toMatch(/ended with exit code 1 before it was ready/);
    expect(stderr).toContain('invalid value for parameter "shared_buffers": "lots"');
    expect(await containers()).toEqual([]);
  });

  test('one that never becomes ready, with why it is not', async ({ skip }) => {
    if (missing) skip(missing);
    const { run, containers } = makePlace(
      '  any: { use: container, image: "redis:7", ports: [6379], ready: { command: [ls, /no/such] } }\n',
    );
    const { code, stderr } = await run(['run', '--', 'true'], { env: { SEATRIAL_READY_TIMEOUT_MS: '1500' } });
    expect(code).toBe(125);
    expect(stderr).toMatch(/was not ready within 1\.5 s .*ls \/no\/such ended with 2/);
    expect(await containers()).toEqual([]);
  });
});

function ledgers({ runtime }: Workspace): string {
  const sessions = path.join(runtime, 'sessions');
  if (!fs.existsSync(sessions)) return '';
  return fs
    .readdirSync(sessions)
    .map((id) => path.join(sessions, id, 'ledger.jsonl'))
    .filter((file) => fs.existsSync(file))
    .map((file) => fs.readFileSync(file, 'utf8'))
    .join('\n');
}
