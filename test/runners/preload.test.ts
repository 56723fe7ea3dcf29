import { execPath } from 'node:process';
import { describe, expect, test } from 'vitest';
import { createControlClient } from '../../src/control/client.ts';
import { type OpenControl, openControl, TOKEN } from '../control/open-control.ts';
import { until } from '../helpers/until.ts';
import { commandEnv, readSeen, runIn, VITEST, writeProject } from './run-child.ts';

/** A test that writes what it sees, and waits until `files` tests have begun, so that each has a worker of its own. */
const meetingTest = (name: string, files: number) => `
import fs from 'node:fs';
import { env } from 'node:process';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
test('sees its own database', async () => {
  fs.mkdirSync('seen', { recursive: true });
  const child = execFileSync(process.execPath, ['-p', 'process.env.DATABASE_URL'], { encoding: 'utf8' }).trim();
  const { DATABASE_URL: url, PGDATABASE: database } = process.env;
  fs.writeFileSync('seen/${name}', JSON.stringify({ url, database, named: env.DATABASE_URL, child, setup: process.env.FROM_SETUP }));
  while (fs.readdirSync('seen').length < ${files}) await new Promise((resolve) => setTimeout(resolve, 5));
}, 30_000);
`;
const globalSetup = `export default () => { process.env.FROM_SETUP = process.env.DATABASE_URL; };`;
const acquired = ({ door }: OpenControl) => door.calls.filter((call) => call.startsWith('acquire')).sort();
const ended = ({ door }: OpenControl) => door.calls.filter((call) => call.startsWith('release'));

describe.each(['forks', 'threads', 'vmForks', 'vmThreads'])('Vitest with %s', (pool) => {
  test('gives each of two workers a lease of its own, which ends with it', async () => {
    await using control = await openControl();
    const root = writeProject(control, {
      'package.json': '{"type":"module"}',
      'a.test.js': meetingTest('a', 2),
      'b.test.js': meetingTest('b', 2),
      'setup.js': globalSetup,
      'vitest.config.js': `export default { test: { pool: '${pool}', maxWorkers: 2, globalSetup: './setup.js' } };`,
    });
    await runIn(root, execPath, [VITEST, 'run', '--root', root], commandEnv(control));
    const main = 'postgres://main@127.0.0.1/main';
    const seen = Object.values(readSeen(root));
    expect(seen.map(({ database }) => database).sort()).toEqual(['l1', 'l2']);
    for (const { url, named, child, database, setup } of seen) {
      expect(url).toBe(`postgres://app:secret@127.0.0.1/${database}`);
      expect({ named, child, setup }).toEqual({ named: url, child: url, setup: main });
    }
    expect(acquired(control)).toEqual(['acquire vitest/1', 'acquire vitest/2']);
    expect(control.door.helloes.sort()).toEqual(['vitest/1 seatrial-node', 'vitest/2 seatrial-node']);
    await until(() => ended(control).length === 2);
    expect(ended(control).sort()).toEqual(['release l1 disconnected', 'release l2 disconnected']);
  });
});

describe('in Vitest', () => {
  const project = (control: OpenControl, body: string, config = '') =>
    writeProject(control, {
      'package.json': '{"type":"module"}',
      'a.test.js': `import fs from 'node:fs'; import { expect, test, vi } from 'vitest'; ${body}`,
      'setup.js': `export default () => { process.env.DATABASE_URL = 'postgres://own/container'; };`,
      'vitest.config.js': `export default { test: { ${config} } };`,
    });
  const run = (control: OpenControl, root: string, exitCode = 0) =>
    runIn(root, execPath, [VITEST, 'run', '--root', root], commandEnv(control), exitCode);

  test('what the project sets for itself wins, in globalSetup as in a test', async () => {
    await using control = await openControl();
    const root = project(
      control,
      `test('t', () => { process.env.PGDATABASE = 'mine'; expect([process.env.DATABASE_URL, process.env.PGDATABASE]).toEqual(['postgres://own/container', 'mine']); });`,
      `globalSetup: './setup.js'`,
    );
    await run(control, root);
    expect(acquired(control)).toEqual(['acquire vitest/1']);
  });

  test('a worker that never looks at a leased variable takes no lease', async () => {
    await using control = await openControl();
    await run(control, project(control, `test('t', () => { expect(process.env.RUN_INTEGRATION_TESTS).toBe('true'); });`));
    expect(acquired(control)).toEqual([]);
  });

  test('a run that works on a lease itself gives its workers others', async () => {
    await using control = await openControl();
    const { lease } = await createControlClient({ url: control.server.url, token: TOKEN }).createLease({
      runner: 'run',
      mainPid: 1,
      slot: 'main',
    });
    const root = project(
      control,
      `test('t', () => { expect([process.env.PGDATABASE, process.env.DATABASE_URL]).toEqual(['l2', 'postgres://app:secret@127.0.0.1/l2']); });`,
    );
    await runIn(root, execPath, [VITEST, 'run', '--root', root], commandEnv(control, lease.env, lease.id));
  });

  test('a lease is taken under fake timers too', async () => {
    await using control = await openControl();
    await run(control, project(control, `test('t', () => { vi.useFakeTimers(); expect(process.env.PGDATABASE).toBe('l1'); });`));
  });

  test('a session that cannot give a lease fails the test with its reason, not with a timeout', async () => {
    await using control = await openControl();
    control.door.failure = new Error('no room for another database');
    const output = await run(control, project(control, `test('t', () => { process.env.DATABASE_URL; });`), 1);
    expect(output).toContain(
      'Seatrial has no lease for vitest worker 1: unexpected failure: no room for another database (SEATRIAL_INTERNAL;',
    );
  });

  test('a session that has ended is named, with the way to have one', async () => {
    await using control = await openControl();
    const root = project(control, `test('t', () => { process.env.DATABASE_URL; });`);
    const env = commandEnv(control);
    await control.server.close();
    const output = await runIn(root, execPath, [VITEST, 'run', '--root', root], env, 1);
    expect(output).toMatch(/Seatrial has no lease for vitest worker 1: the session does not answer at .*c\.sock/);
  });
});

describe('outside of Vitest', () => {
  const show = `console.log(JSON.stringify([process.env.PGDATABASE, { ...process.env }.PGDATABASE, process.env.SEATRIAL_LEASE]))`;

  test('a file of node:test leases, and its child inherits the lease', async () => {
    await using control = await openControl();
    const root = writeProject(control, {
      'a.test.mjs': `
        import { test } from 'node:test'; import fs from 'node:fs'; import { execFileSync } from 'node:child_process';
        const child = JSON.parse(execFileSync(process.execPath, ['-e', ${JSON.stringify(show)}], { encoding: 'utf8' }));
        fs.mkdirSync('seen'); fs.writeFileSync('seen/a', JSON.stringify({ here: process.env.PGDATABASE, child }));
        test('t', () => {});`,
    });
    await runIn(root, execPath, ['--test', 'a.test.mjs'], commandEnv(control));
    expect(readSeen(root)).toEqual({ a: { here: 'l1', child: ['l1', 'l1', 's1/l1'] } });
    expect(control.door.helloes).toHaveLength(1);
  });

  test('a thread that a worker starts shares the lease of the worker', async () => {
    await using control = await openControl();
    const thread = `require('node:worker_threads').parentPort.postMessage(process.env.PGDATABASE)`;
    const root = writeProject(control, {
      'thread.cjs': thread,
      'a.test.mjs': `
        import { Worker } from 'node:worker_threads'; import { test } from 'node:test'; import fs from 'node:fs';
        const inThread = await new Promise((resolve) => new Worker('./thread.cjs').once('message', resolve));
        fs.mkdirSync('seen'); fs.writeFileSync('seen/a', JSON.stringify({ inThread, here: process.env.PGDATABASE }));
        test('t', () => {});`,
    });
    await runIn(root, execPath, ['--test', 'a.test.mjs'], commandEnv(control));
    expect(readSeen(root).a?.inThread).toMatch(/^l/);
    expect(new Set(acquired(control)).size).toBe(1);
  });

  test.each([
    ['Jest', { JEST_WORKER_ID: '3' }, 'jest/3'],
    ['Mocha', { MOCHA_WORKER_ID: '0' }, 'mocha/0'],
  ])('a process with the mark of a worker of %s leases when it copies its environment', async (_runner, mark, slot) => {
    await using control = await openControl();
    const root = writeProject(control, {
      'w.js': `const copy = { ...process.env }; console.log(copy.PGDATABASE, copy.SEATRIAL_LEASE)`,
    });
    const output = await runIn(root, execPath, ['w.js'], commandEnv(control, mark));
    expect([output.trim(), acquired(control)]).toEqual(['l1 s1/l1', [`acquire ${slot}`]]);
  });

  test('a main process keeps the environment of the run', async () => {
    await using control = await openControl();
    const root = writeProject(control, { 'main.js': show });
    expect(await runIn(root, execPath, ['main.js'], commandEnv(control))).toBe('["main","main",null]\n');
    expect(acquired(control)).toEqual([]);
  });

  test('the environment stays what it was for everything else', async () => {
    await using control = await openControl();
    const root = writeProject(control, {
      'w.js': `
        const assert = require('node:assert'); const { env } = process;
        env.ADDED = 1; assert.strictEqual(env.ADDED, '1'); assert.ok('ADDED' in env); assert.ok(Object.keys(env).includes('ADDED'));
        assert.strictEqual(require('node:child_process').execFileSync('sh', ['-c', 'echo $ADDED$PGDATABASE'], { encoding: 'utf8' }), '1l1\\n');
        assert.ok(delete env.ADDED); assert.strictEqual(env.ADDED, undefined); assert.ok(!('ADDED' in env));
        assert.strictEqual(JSON.parse(JSON.stringify(env)).PGDATABASE, 'l1'); assert.ok(env.hasOwnProperty('PATH'));
        assert.throws(() => { env.X = Symbol('x'); }, TypeError); assert.strictEqual(String(env), '[object Object]');`,
    });
    await runIn(root, execPath, ['w.js'], commandEnv(control, { JEST_WORKER_ID: '1' }));
  });
});
