import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { CACHE, makeWorkspace, type Workspace } from './workspace.ts';

function tool(workspace: Workspace, file: string): void {
  workspace.write(file, `#!/bin/sh\necho ${file} "$@"\n`, 0o755);
}

test.for([
  ['.venv/bin/pytest', '.'],
  ['venv/bin/pytest', '.'],
  ['node_modules/.bin/pytest', '.'],
  ['backend/.venv/bin/pytest', 'backend'],
  ['backend/.venv/bin/pytest', '.'],
  ['.venv/bin/pytest', 'backend'],
] as const)('R19: the project’s own tool %s is found from %s without activation', async ([file, cwd]) => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE, 'backend/x': '' });
  tool(workspace, file);

  const { stdout } = await seatrial(workspace, ['run', '--', 'pytest', '-q'], { cwd });

  expect(stdout).toBe(`${file} -q\n`);
});

test('What the command starts finds the project’s tools too', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  tool(workspace, 'node_modules/.bin/vitest');

  expect((await seatrial(workspace, ['run', '--', 'sh', '-c', 'vitest run'])).stdout).toBe('node_modules/.bin/vitest run\n');
});

test('An activated virtual environment stays in charge', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  tool(workspace, '.venv/bin/pytest');
  tool(workspace, 'other/bin/pytest');

  const env = { VIRTUAL_ENV: `${workspace.project}/other`, PATH: `${workspace.project}/other/bin:${workspace.env.PATH}` };
  expect((await seatrial(workspace, ['run', '--', 'pytest'], { env })).stdout).toBe('other/bin/pytest\n');
});

test('The configuration above a sub-project is used from inside it', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE, 'backend/x': '' });

  expect((await seatrial(workspace, ['run', '--', 'printenv', 'CACHE_HOST'], { cwd: 'backend' })).stdout).toBe('127.0.0.1\n');
});

test('R19: A project’s SQLite address is left alone', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const { stdout } = await seatrial(workspace, ['run', '--', 'printenv', 'DATABASE_URL'], {
    env: { DATABASE_URL: 'sqlite:///unit.db' },
  });

  expect(stdout).toBe('sqlite:///unit.db\n');
});
