import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Ended, environmentOf, SEATRIAL, seatrial, startProgram, startSeatrial } from './cli.ts';
import { findLeftovers, findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { program } from './programs.ts';
import { CACHE, DB_AND_CACHE, makeWorkspace, type Workspace } from './workspace.ts';

interface Status {
  readonly pid: number;
  readonly leases: readonly unknown[];
  readonly services: readonly {
    readonly name: string;
    readonly port: number;
    readonly state: string;
    readonly version: string;
  }[];
}

async function services(workspace: Workspace, ...args: readonly string[]): Promise<Ended> {
  const ended = await seatrial(workspace, ['services', ...args]);
  if (ended.code !== 0) throw new Error(`services ${args.join(' ')} failed with ${ended.code}: ${ended.stderr}`);
  return ended;
}

async function statusOf(workspace: Workspace): Promise<Status> {
  return JSON.parse((await services(workspace, 'status', '--json')).stdout) as Status;
}

/** Runs a script in a shell that has evaluated the lines of `services start`. */
function inShell(workspace: Workspace, lines: string, script: string): Promise<Ended> {
  return startProgram(workspace, ['sh', '-euc', `${lines}\n${script}`], { input: '' }).ended;
}

test('R14: export lines of start, evaluated by a shell, let a plain client in another terminal work; stop leaves nothing', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });

  const { stdout: lines } = await services(workspace, 'start');
  const { stdout, code } = await inShell(
    workspace,
    lines,
    `node ${program('sql.mjs')} 'select current_user as who'; node ${program('redis.mjs')} PING; echo "$RUN_INTEGRATION_TESTS"`,
  );
  await services(workspace, 'stop');

  expect(
    lines
      .trim()
      .split('\n')
      .every((line) => /^export [A-Z_]+=/.test(line)),
  ).toBe(true);
  expect(stdout).toContain('[{"who":"testuser"}]\n+PONG');
  expect(stdout).toMatch(/true\n$/);
  expect(code).toBe(0);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('Export lines survive a password that a shell would change', async () => {
  const password = `it's $HOME \`x\` "q" \\n`;
  const workspace = makeWorkspace({
    'seatrial.json': JSON.stringify({
      services: { cache: { use: 'redis', password: 'p' } },
      env: { ODD: password.replaceAll('$', '$$$$') },
    }),
  });

  const { stdout: lines } = await services(workspace, 'start');
  const { stdout } = await inShell(workspace, lines, 'printf %s "$ODD"');

  expect(stdout).toBe(password);
});

test('Start with --json prints the environment for machines', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { stdout } = await services(workspace, 'start', '--json');

  expect((JSON.parse(stdout) as { env: Record<string, string> }).env.REDIS_URL).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/0$/);
});

test('R3: status shows name, version, driver, port, health and age, and is 1 when nothing is started', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const before = await seatrial(workspace, ['services', 'status']);
  await services(workspace, 'start');

  const { stdout } = await services(workspace, 'status');
  const { services: list } = await statusOf(workspace);

  expect(before.code).toBe(1);
  expect(before.stdout).toContain('no services are started');
  expect(stdout).toMatch(/^NAME +SERVICE +DRIVER +PORT +HEALTH +AGE/);
  for (const { name, port } of list) expect(stdout).toMatch(new RegExp(`^${name} .* embedded +${port} +ready +\\d`, 'm'));
  expect(list.map(({ name }) => name)).toEqual(['db', 'cache']);
});

test('Two starts at once start once, and both print the same', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const [first, second] = await Promise.all([services(workspace, 'start'), services(workspace, 'start')]);

  expect(first.stdout).toBe(second.stdout);
  expect(fs.readdirSync(path.join(workspace.runtime, 'sessions'))).toHaveLength(1);
});

test('Single services can be started, restarted and stopped by name; a restart keeps port and data', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const { stdout: lines } = await services(workspace, 'start', 'db');
  await inShell(workspace, lines, `node ${program('sql.mjs')} 'create table kept (id int)'`);
  const before = await statusOf(workspace);

  await services(workspace, 'restart', 'db');
  const { stdout } = await inShell(workspace, lines, `node ${program('sql.mjs')} 'select * from kept'`);

  expect(before.services.map(({ name }) => name)).toEqual(['db']);
  expect((await statusOf(workspace)).services[0]?.port).toBe(before.services[0]?.port);
  expect(stdout).toBe('[]\n');
  await services(workspace, 'stop', 'db');
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('Stopping one of two services leaves the other', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  one: redis\n  two: redis\n' });
  await services(workspace, 'start');

  await services(workspace, 'stop', 'one');

  expect((await statusOf(workspace)).services.map(({ name, state }) => [name, state])).toEqual([['two', 'ready']]);
});

test('An unknown name is refused with those that there are', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const start = await seatrial(workspace, ['services', 'start', 'cahce']);
  await services(workspace, 'start');

  for (const { code, stderr } of [
    start,
    ...(await Promise.all(['stop', 'restart', 'logs'].map((verb) => seatrial(workspace, ['services', verb, 'cahce'])))),
  ]) {
    expect(stderr).toMatch(/no service (is called )?cahce/);
    expect(stderr).toMatch(/SEATRIAL_SERVICE_NOT_FOUND: .*\bcache\b/);
    expect(code).toBe(1);
  }
});

test('R3: logs print what services wrote, with their names; -f goes on until they are stopped', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const { stdout: lines } = await services(workspace, 'start');
  const follow = startSeatrial(workspace, ['services', 'logs', '-f', 'db'], { input: '' });

  const all = await services(workspace, 'logs');
  await inShell(workspace, lines, `node ${program('sql.mjs')} "do \\$\\$ begin raise log 'a line from the test'; end \\$\\$"`);
  await follow.untilStdout(/a line from the test/);
  await services(workspace, 'stop');

  expect(all.stdout).toMatch(/^db {4}\| .*database system is ready/m);
  expect(all.stdout).toMatch(/^cache \| .*[Rr]eady to accept connections/m);
  expect((await follow.ended).code).toBe(0);
});

test('D11: A run attaches with a state of its own: another database, another Redis, and FLUSHALL in it changes nothing outside', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const { stdout: lines } = await services(workspace, 'start');
  await inShell(
    workspace,
    lines,
    `node ${program('sql.mjs')} 'create table outer_one (id int)'; node ${program('redis.mjs')} 'SET outer 1'`,
  );

  const script = `node ${program('sql.mjs')} 'create table inner_one (id int)' "select count(*)::int as n from pg_tables where tablename = 'outer_one'"; node ${program('redis.mjs')} DBSIZE FLUSHALL; printenv DATABASE_URL REDIS_URL`;
  const run = await seatrial(workspace, ['run', '--', 'sh', '-c', script]);
  const after = await inShell(
    workspace,
    lines,
    `node ${program('sql.mjs')} "select tablename from pg_tables where schemaname = 'public'" "select count(*)::int as n from pg_database where datname like '%seatrial%'"; node ${program('redis.mjs')} 'GET outer'; printenv DATABASE_URL REDIS_URL`,
  );

  expect(run.stderr).toContain('attached to the services started');
  expect(run.stdout.split(/\r?\n/).slice(0, 4)).toEqual(['[]', '[{"n":0}]', ':0', '+OK']);
  expect(after.stdout).toMatch(/^\[\{"tablename":"outer_one"\}\]\n.*\n\$1\r\n1\r\n/);
  const [innerDb, innerRedis] = run.stdout.split('\n').slice(-3);
  const [outerDb, outerRedis] = after.stdout.split('\n').slice(-3);
  expect(new URL(innerDb as string).host).toBe(new URL(outerDb as string).host);
  expect(innerDb).not.toBe(outerDb);
  expect(innerRedis).not.toBe(outerRedis);
  expect((await statusOf(workspace)).leases).toEqual([]);
});

test('An attached run that is killed gives its lease back', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  await services(workspace, 'start');
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; sleep 976']);
  await run.untilStdout(/up/);
  expect((await statusOf(workspace)).leases).toHaveLength(1);

  run.kill('SIGKILL');

  await expect.poll(async () => (await statusOf(workspace)).leases, { timeout: 10_000 }).toEqual([]);
  await services(workspace, 'stop');
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('--no-attach starts services of its own', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const { stdout: lines } = await services(workspace, 'start');

  const env = await environmentOf(workspace, ['--no-attach']);

  expect(lines).not.toContain(env.REDIS_PORT);
});

test('A configuration that has changed since start is not served by the old services, and that is said', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  await services(workspace, 'start');
  workspace.write('seatrial.yaml', 'services:\n  cache: { use: redis, password: other }\n');

  const { stdout, stderr } = await seatrial(workspace, ['run', '--', 'printenv', 'REDIS_URL']);

  expect(stdout).toContain(':other@');
  expect(stderr).toContain('the started services differ from the configuration');
});

test('What the background process itself has to say is in a file beside the logs of its services', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  await seatrial(workspace, ['services', 'start'], { env: { NODE_DEBUG: 'net' } }); // makes Node write to stderr, also later

  const [session] = fs.readdirSync(path.join(workspace.runtime, 'sessions'));
  const log = path.join(workspace.runtime, 'sessions', session as string, 'logs', 'seatrial.log');
  const before = fs.readFileSync(log, 'utf8');
  await services(workspace, 'status');
  const after = fs.readFileSync(log, 'utf8');

  expect(fs.statSync(log).mode & 0o777).toBe(0o600);
  expect(before).toContain('NET');
  expect(after.length).toBeGreaterThan(before.length);
  expect(fs.readdirSync(workspace.runtime).filter((name) => name.startsWith('start-'))).toEqual([]);
});

test('Followed logs end when nobody reads them any more', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  await services(workspace, 'start');
  const [session] = fs.readdirSync(path.join(workspace.runtime, 'sessions'));
  const log = path.join(workspace.runtime, 'sessions', session as string, 'logs', 'cache.log');
  const follow = startProgram(workspace, ['sh', '-c', `${SEATRIAL.join(' ')} services logs -f | head -n 1`], { input: '' });
  await follow.untilStdout(/\n/);

  let ended = false;
  void follow.ended.then(() => {
    ended = true;
  });
  const writeOn = () => {
    fs.appendFileSync(log, 'one more\n');
    return ended;
  };

  await expect.poll(writeOn, { timeout: 10_000, interval: 20 }).toBe(true);
});

test('Services that nobody uses for the idle time end by themselves, and a run in between keeps them', async () => {
  const [workspace, unused] = [0, 1].map(() => makeWorkspace({ 'seatrial.yaml': `idle: 1s\n${CACHE}` })) as [
    Workspace,
    Workspace,
  ];
  await services(workspace, 'start');
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; cat']);
  await run.untilStdout(/up/);
  await services(unused, 'start');
  expect(await leftoversAfter(unused, 10_000)).toEqual([]); // so the idle time is over for those in use as well
  expect(findProcesses(workspace.top).some(({ text }) => text.includes('serve.ts'))).toBe(true);

  run.closeStdin();
  await run.ended;

  expect(await leftoversAfter(workspace, 10_000)).toEqual([]);
});

test('SIGKILL of the background process leaves nothing, and a new start works', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  await services(workspace, 'start');

  process.kill((await statusOf(workspace)).pid, 'SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  await services(workspace, 'start');
  expect((await statusOf(workspace)).services).toHaveLength(2);
});

test('A service that died is shown, status is 1, and restart brings it back', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  await services(workspace, 'start');
  const [server] = findProcesses(workspace.top).filter(({ text }) => text.includes('valkey-server'));

  process.kill(server?.pid as number, 'SIGKILL');

  await expect.poll(async () => (await seatrial(workspace, ['services', 'status'])).stdout).toMatch(/cache .* died/);
  expect((await seatrial(workspace, ['services', 'status'])).code).toBe(1);
  await services(workspace, 'restart', 'cache');
  expect((await services(workspace, 'status')).stdout).toMatch(/cache .* ready/);
});

test('A failed start tells the reason and leaves nothing', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  cache: { use: redis, settings: { maxmemory-policy: no-such-policy } }\n',
  });

  const { code, stdout, stderr } = await seatrial(workspace, ['services', 'start']);

  expect(stderr).toMatch(/no-such-policy|maxmemory-policy/);
  expect(stderr).toContain('SEATRIAL_SERVICE_START_FAILED');
  expect(stdout).toBe('');
  expect(code).toBe(1);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});
