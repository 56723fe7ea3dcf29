import { expect, test } from 'vitest';
import { seatrial, startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter } from './leftovers.ts';
import { program } from './programs.ts';
import { CACHE, DB_AND_CACHE, makeWorkspace } from './workspace.ts';

const PRINT_ARGUMENTS = 'console.log(JSON.stringify(process.argv.slice(1)))';

test('R1: the command gets its arguments untouched, also those that look like flags of Seatrial', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const args = ['-k', 'test health', '--json', '', '*', '$HOME', '--service=db', '--', '-v'];

  const { code, stdout } = await seatrial(workspace, ['run', '--', 'node', '-e', PRINT_ARGUMENTS, '--', ...args]);

  expect(JSON.parse(stdout)).toEqual(args);
  expect(code).toBe(0);
});

test('The command reaches fresh services with nothing but its environment', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const script = `node ${program('sql.mjs')} 'create table t (id int)' 'select count(*)::int as n from t' && node ${program('redis.mjs')} 'SET a 1' DBSIZE`;

  const { code, stdout } = await seatrial(workspace, ['run', '--', 'sh', '-c', script]);

  expect(stdout.trim().split(/\r?\n/)).toEqual(['[]', '[{"n":0}]', '+OK', ':1', '+OK']);
  expect(code).toBe(0);
});

test.for([
  ['0', 'exit 0', 0],
  ['3', 'exit 3', 3],
  ['128+9 when SIGKILL ended it', 'kill -KILL $$', 137],
  ['128+15 when SIGTERM ended it', 'kill -TERM $$', 143],
] as const)('The exit code is the command’s: %s', async ([, script, expected]) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  expect((await seatrial(workspace, ['run', '--', 'sh', '-c', script])).code).toBe(expected);
});

test('A command that is not there gives 127, says where it was looked for, and starts nothing', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'pytset', '-v']);

  expect(stderr).toContain('command not found: pytset');
  expect(stderr).toMatch(/SEATRIAL_COMMAND_NOT_FOUND: .*\.venv\/bin/);
  expect(stderr).not.toContain('ready in');
  expect(code).toBe(127);
});

test('A file that can’t be executed gives 126 and leaves nothing', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  workspace.write('.venv/bin/pytest', '#!/moved/away/.venv/bin/python\n', 0o755);

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'pytest']);

  expect(stderr).toMatch(/\.venv\/bin\/pytest can't be executed/);
  expect(code).toBe(126);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('What is piped into run is the command’s stdin', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { stdout } = await seatrial(workspace, ['run', '--', 'cat'], { input: 'line 1\nline 2' });

  expect(stdout).toBe('line 1\nline 2');
});

test('Stdout holds what the command wrote, byte for byte; ours goes to stderr', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { stdout, stderr } = await seatrial(workspace, ['run', '--', 'printf', 'a\\n\\0b']);

  expect(stdout).toBe('a\n\0b');
  expect(stderr).toMatch(/cache Redis .* ready in/);
});

test('Quiet says nothing when all is well', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  expect(await seatrial(workspace, ['run', '-q', '--', 'true'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('R5: RUN_INTEGRATION_TESTS is true in the command, whatever it was outside', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { stdout } = await seatrial(workspace, ['run', '--', 'printenv', 'RUN_INTEGRATION_TESTS'], {
    env: { RUN_INTEGRATION_TESTS: 'false' },
  });

  expect(stdout).toBe('true\n');
});

test('Without a command, and none in the configuration, run says how to give one', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { code, stderr } = await seatrial(workspace, ['run']);

  expect(stderr).toContain('SEATRIAL_COMMAND_MISSING');
  expect(code).toBe(2);
});

test('The command of the configuration runs when none is given, in its folder', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `${CACHE}test: { command: pwd, cwd: backend }\n`, 'backend/x': '' });

  const { code, stdout } = await seatrial(workspace, ['run']);

  expect(stdout).toBe(`${workspace.project}/backend\n`);
  expect(code).toBe(0);
});

test('The command runs where the user stands; --cwd is another place', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE, 'api/x': '' });

  expect((await seatrial(workspace, ['run', '--', 'pwd'], { cwd: 'api' })).stdout).toBe(`${workspace.project}/api\n`);
  expect((await seatrial(workspace, ['--cwd', 'api', 'run', '--', 'pwd'])).stdout).toBe(`${workspace.project}/api\n`);
});

test('What the command leaves running in the background is ended and named; a daemon of its own session is named and left', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const run = startSeatrial(
    workspace,
    [
      'run',
      '--',
      'sh',
      '-c',
      `sleep 971 & setsid -f sh -c 'touch up; sleep 972; :' >/dev/null 2>&1; until [ -e up ]; do :; done`,
    ],
    { input: '' },
  );
  const { code, stderr } = await run.ended;

  expect(stderr).toMatch(/ended what it left running: \d+ sleep 971/);
  expect(stderr).toMatch(/left alone, a daemon that it started: \d+ sh -c touch up; sleep 972/);
  const left = findProcesses(workspace.top).map(({ text }) => text);
  expect(left).toContain('sh -c touch up; sleep 972; :');
  expect(left).not.toContain('sleep 971');
  expect(code).toBe(0);
});
