import fs from 'node:fs';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { seatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { CACHE, DB_AND_CACHE, makeWorkspace } from './workspace.ts';

test.for([
  [
    'an unknown key, with the nearest',
    'services:\n  db:\n    use: postgres@18\n    migrte: x\n',
    /seatrial\.yaml:4:5: services\.db\.migrte: unknown key.*\(did you mean "migrate"\?\)/,
  ],
  [
    'an unknown key at the top',
    'servces:\n  db: postgres@18\n',
    /seatrial\.yaml:1:1: servces: unknown key.*\(did you mean "services"\?\)/,
  ],
  [
    'a wrong type',
    'services:\n  db: { use: postgres@18, port: many }\n',
    /seatrial\.yaml:2:\d+: services\.db\.port: expected a whole number from 1 to 65535, found "many"/,
  ],
  [
    'a value that is not one of those',
    'services:\n  db: postgres@18\ntest: { isolation: rewnd }\n',
    /seatrial\.yaml:3:\d+: test\.isolation: expected one of run, worker/,
  ],
  ['YAML that can’t be read', 'services:\n  db: { use: postgres\n  cache: redis\n', /seatrial\.yaml:\d+:\d+: /],
  ['a tab in the indentation', 'services:\n\tdb: postgres\n', /seatrial\.yaml:2:1: /],
  [
    'an unknown service',
    'services:\n  db: postgers@18\n',
    /there is no kind of service called postgers\n.*SEATRIAL_SERVICE_UNKNOWN: .*postgres, mariadb, mysql, /,
  ],
  [
    'a setting that the server refuses',
    'services:\n  db: { use: postgres@18, settings: { shared_buffers: nonsense } }\n',
    /invalid value for parameter "shared_buffers"/,
  ],
] as const)('%s is told with its place, and nothing is left', async ([, text, expected]) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': text });

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'echo', 'the command ran']);

  expect(stderr).toMatch(expected);
  expect(stderr).not.toContain('SEATRIAL_INTERNAL');
  expect(stdout).toBe('');
  expect(code).toBe(125);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('Failures are one object on stdout with --json, with code, message and details', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrte: x }\n' });

  for (const args of [
    ['run', '--json', '--', 'true'],
    ['plan', '--json'],
    ['services', 'start', '--json'],
  ]) {
    const { code, stdout } = await seatrial(workspace, args);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; details: { problems: unknown } } };
    expect(error.code).toBe('SEATRIAL_CONFIG_INVALID');
    expect(error.details.problems).toMatchObject([{ line: 2, key: 'services.db.migrte', nearest: 'migrate' }]);
    expect(code).toBe(args[0] === 'run' ? 125 : 1);
  }
});

test('With --json a run tells what happens as lines of JSON on stderr, and stdout is the command’s', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { stdout, stderr } = await seatrial(workspace, ['run', '--json', '--', 'echo', 'hello']);

  const types = stderr
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(
    expect.arrayContaining(['service.starting', 'service.ready', 'command.started', 'command.ended', 'session.closed']),
  );
  expect(stdout).toBe('hello\n');
});

test.for([
  ['an unknown flag', ['run', '--frsh', '--', 'true'], /unknown option '--frsh'/],
  ['an unknown command', ['rnu'], /unknown command 'rnu'/],
  ['an unknown driver', ['run', '--driver', 'dokcer', '--', 'true'], /Allowed choices are/],
] as const)('%s is wrong usage: 2, with a hint', async ([, args, expected]) => {
  const { code, stderr } = await seatrial(makeWorkspace({ 'seatrial.yaml': CACHE }), args);

  expect(stderr).toMatch(expected);
  expect(code).toBe(2);
});

test('A configuration file that is named and not there is told', async () => {
  const { code, stderr } = await seatrial(makeWorkspace(), ['--config', 'nowhere.yaml', 'run', '--', 'true']);

  expect(stderr).toContain('nowhere.yaml');
  expect(stderr).not.toContain('SEATRIAL_INTERNAL');
  expect(code).toBe(125);
});

test('A project that needs nothing runs its command all the same', async () => {
  const workspace = makeWorkspace({ 'package.json': '{ "name": "nothing" }' });

  const { code, stdout } = await seatrial(workspace, ['run', '--', 'printenv', 'RUN_INTEGRATION_TESTS']);

  expect([code, stdout]).toEqual([0, 'true\n']);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

/** A port on which somebody else listens until the test is over. */
async function takenPort(host = '127.0.0.1'): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => {}).end('not a database\n'));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

test.for(['postgres@18', 'redis'] as const)('A fixed port of %s that is taken is named, and nothing is left', async (kind) => {
  const port = await takenPort();
  const workspace = makeWorkspace({ 'seatrial.yaml': `services:\n  it: { use: ${kind}, port: ${port} }\n` });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(new RegExp(`it \\(.*\\) could not listen on port ${port}: it is taken`));
  expect(stderr).toMatch(/SEATRIAL_SERVICE_START_FAILED: stop what listens there/);
  expect(code).toBe(125);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A fixed port is kept', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const free = Number((await seatrial(workspace, ['run', '--', 'printenv', 'REDIS_PORT'])).stdout); // was free a moment ago

  expect((await seatrial(workspace, ['run', '--port', `cache=${free}`, '--', 'printenv', 'REDIS_PORT'])).stdout).toBe(
    `${free}\n`,
  );
});

test('One service that can’t start ends the other, and nothing is left', async () => {
  const port = await takenPort();
  const workspace = makeWorkspace({ 'seatrial.yaml': `${DB_AND_CACHE}ports: { cache: ${port} }\n` });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toContain(`cache (Redis`);
  expect(code).toBe(125);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A runtime folder that can’t be made is named with what to set', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  fs.writeFileSync(workspace.runtime, 'a file stands here');

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toContain(workspace.runtime);
  expect(stderr).toMatch(/SEATRIAL_RUNTIME_UNUSABLE: set SEATRIAL_RUNTIME_DIR/);
  expect(code).toBe(125);
});

test('A data folder that can’t be made is named, and nothing is left', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  fs.writeFileSync(workspace.data, 'a file stands here');

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(/SEATRIAL_RUNTIME_UNUSABLE: set SEATRIAL_DATA_DIR/);
  expect(code).toBe(125);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A runtime path too long for a socket is said, not met later', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const long = `${workspace.top}/${'deep'.repeat(25)}`;

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true'], { env: { SEATRIAL_RUNTIME_DIR: long } });

  expect(stderr).toMatch(/SEATRIAL_RUNTIME_UNUSABLE: set SEATRIAL_RUNTIME_DIR to a short path/);
  expect(code).toBe(125);
  expect(await leftoversAfter({ ...workspace, runtime: long })).toEqual([]);
});
