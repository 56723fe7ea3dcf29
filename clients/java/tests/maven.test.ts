import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureJunitJars } from '../../../scripts/dev/java.mjs';
import { SEATRIAL, seatrial } from '../../../test/e2e/cli.ts';
import { leftoversAfter } from '../../../test/e2e/leftovers.ts';
import { makeWorkspace } from '../../../test/e2e/workspace.ts';
import { launchIn, PROJECT } from './fixture.ts';

const MVN = ['mvn', '--batch-mode', '--quiet', '-Dstyle.color=never'];
const SERVICES = 'services:\n  db: { use: postgres@18, migrate: stock.sql }\n';

function project(configuration: string) {
  ensureJunitJars();
  const workspace = makeWorkspace({ 'seatrial.yaml': configuration, 'stock.sql': 'create table stock (name text not null);' });
  for (const name of ['pom.xml', 'src'])
    fs.cpSync(path.join(PROJECT, name), path.join(workspace.project, name), { recursive: true });
  return workspace;
}

// Four classes in two forks: at least one fork has two, and the second must not find what the first one's hooks have written.
test('each fork of Surefire and Failsafe has a database of its own, which is taken back after each test and each class', async () => {
  const workspace = project(SERVICES);

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...MVN, 'verify']);

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toContain('30 tests: 30 passed; 30 resets');
  expect(stderr).toContain('4 workers, 4 leases');
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('without resets the same suite fails', async () => {
  const workspace = project(SERVICES);

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'worker', '--', ...MVN, 'test']);

  expect(code, stderr).toBe(1);
  expect(stdout).toMatch(/expected: <by A, by the static initialiser> but was: <(?!by A, by the static initialiser>)/);
});

test('threads that test at the same time are named, and state is reset when none runs', async () => {
  const workspace = project(SERVICES);
  const threads = '-Djunit.jupiter.execution.parallel.enabled=true';

  const command = [...MVN, '-Dunit.tests=ParallelTest', `-DargLine=${threads}`, 'test'];
  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...command]);

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(
    /overlap: these ran at the same time on one worker: fixture\.ParallelTest > (one|two)\(\), fixture\.ParallelTest > (one|two)\(\)/,
  );
});

test('without `run` a project that names the agent starts its services, and has a lease on them', async () => {
  const workspace = project(`${SERVICES}test: { isolation: rewind }\n`);
  const [file, ...words] = SEATRIAL.map((word) => `'${word}'`);
  workspace.write('node_modules/.bin/seatrial', `#!/bin/sh\nexec ${[file, ...words].join(' ')} "$@"\n`, 0o755);
  const [, agent] = ensureJunitJars();

  const { exitCode, stdout, stderr } = await launchIn(workspace.project, ['StockATest', 'StockBTest'], {
    env: { ...workspace.env, DATABASE_URL: 'postgres://found/in-the-shell' },
    options: [`-javaagent:${agent}=attach`],
  });

  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain('10 tests successful');
  expect((await seatrial(workspace, ['services', 'stop'])).code).toBe(0);
  expect(await leftoversAfter(workspace)).toEqual([]);
});
