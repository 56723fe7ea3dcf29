import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { program } from './programs.ts';
import { makeWorkspace } from './workspace.ts';

test.for(['16', '18'])('PostgreSQL %s is what it says it is', async (major) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `services:\n  db: postgres@${major}\n` });

  const { stdout } = await seatrial(workspace, ['run', '--', 'node', program('sql.mjs'), 'show server_version']);

  expect(stdout).toMatch(new RegExp(`^\\[\\{"server_version":"${major}\\.`));
});

test('R20: an image whose version no driver has is replaced only with a line that says so', async () => {
  const workspace = makeWorkspace({
    'compose.yaml': 'services:\n  db: { image: "postgres:13" }\n  cache: { image: "redis:6" }\n',
  });

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'node', program('sql.mjs'), 'show server_version']);

  const [, version] = /db: PostgreSQL (\S+) instead of postgres:13, which no driver here has/.exec(stderr) ?? [];
  expect(JSON.parse(stdout)[0].server_version).toContain(version);
  expect(stderr).toMatch(/cache: redis:6 is served by version 9/);
  expect(code).toBe(0);
});

test('A tag such as latest takes the default version, and that is said', async () => {
  const workspace = makeWorkspace({ 'compose.yaml': 'services:\n  cache: { image: redis:latest }\n' });

  const { stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(/cache: redis:latest names no version, Redis 9\.\S+ is taken/);
});

test('A version that was asked for by name and is not there is refused with those that are', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  db: postgres@13\n' });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(/db \(seatrial\.yaml:2\): there is no postgres@13, known are 18, /);
  expect(stderr).toMatch(/SEATRIAL_VERSION_UNKNOWN: versions that run here: 18, 17, 16/);
  expect(code).toBe(125);
});

test('The plan says that Valkey stands for Redis, and leaves no trace', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  cache: redis\n' });

  const { code, stdout } = await seatrial(workspace, ['plan']);
  const json = await seatrial(workspace, ['plan', '--json']);

  expect(stdout).toMatch(/cache +Redis \(Valkey 9\.\S+ +embedded/);
  expect(stdout).toMatch(/differs: Valkey .* under the name redis/);
  expect(JSON.parse(json.stdout).services[0]).toMatchObject({ name: 'cache', kind: 'redis', driver: 'embedded' });
  expect(code).toBe(0);
});
