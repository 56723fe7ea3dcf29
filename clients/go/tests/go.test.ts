import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { injectPlugins } from '../../../src/cli/injection.ts';
import { runCommand } from '../../../src/util/platform/run-command.ts';
import { openControl } from '../../../test/control/open-control.ts';
import { seatrial } from '../../../test/e2e/cli.ts';
import { leftoversAfter } from '../../../test/e2e/leftovers.ts';
import { makeWorkspace } from '../../../test/e2e/workspace.ts';
import { until } from '../../../test/helpers/until.ts';
import { commandEnv } from '../../../test/runners/run-child.ts';

const CLIENT = fileURLToPath(new URL('..', import.meta.url));
const SERVICES = 'services:\n  db: { use: postgres@18, migrate: stock.sql }\n';

/** The fixture module in a folder of its own. */
function project(folders: readonly string[] = ['orders', 'stock', 'plain']) {
  const workspace = makeWorkspace({ 'seatrial.yaml': SERVICES, 'stock.sql': 'create table stock (name text not null);' });
  const from = path.join(CLIENT, 'tests/project');
  for (const name of [...folders, 'stock', 'go.sum'])
    fs.cpSync(path.join(from, name), path.join(workspace.project, name), { recursive: true });
  workspace.write('go.mod', fs.readFileSync(path.join(from, 'go.mod'), 'utf8').replace('../..', CLIENT));
  return workspace;
}

describe('go test', () => {
  test('gives each package a database of its own, and takes marked tests back', async () => {
    const workspace = project();

    const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', 'go', 'test', './...']);

    expect(code, stdout + stderr).toBe(0);
    expect(stderr).toContain('4 tests: 4 passed; 5 resets');
    expect(stderr).toContain('3 workers, 3 leases');
    expect(await leftoversAfter(workspace)).toEqual([]);
  });

  test('without resets the marked tests see what others have written', async () => {
    const workspace = project(['orders']);

    const { code, stdout } = await seatrial(workspace, ['run', '--isolation', 'worker', '--', 'go', 'test', './orders']);

    expect(code).toBe(1);
    expect(stdout).toContain('--- FAIL: TestSecond');
    expect(stdout).not.toContain('--- FAIL: TestTable/a\n');
  });

  test('tests that run in parallel are named', async () => {
    const workspace = project(['orders']);
    workspace.write(
      'orders/orders_test.go',
      `package orders
import ("sync"; "testing"; "seatrial.dev/go/seatrial")
var both sync.WaitGroup
func init() { both.Add(2) }
func meet(t *testing.T) { t.Parallel(); seatrial.Test(t); both.Done(); both.Wait() }
func TestOne(t *testing.T) { meet(t) }
func TestTwo(t *testing.T) { meet(t) }
`,
    );

    const run = ['run', '--isolation', 'rewind', '--', 'go', 'test', '-parallel', '2', '-v', './orders'];
    const { code, stdout, stderr } = await seatrial(workspace, run);

    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('seatrial: the state was not taken back');
    expect(stderr).toMatch(/overlap: these ran at the same time on one worker: orders > Test(One|Two), orders > Test(One|Two)/);
  });

  test('a result of another lease is not taken from the cache', async () => {
    const workspace = project(['plain']);
    const run = ['run', '--isolation', 'worker', '--', 'go', 'test', './plain'];

    const outputs = [await seatrial(workspace, run), await seatrial(workspace, run)].map(({ stdout }) => stdout);

    for (const output of outputs) expect(output).toMatch(/^ok\s+fixture\/plain\s+[\d.]+s\n$/);
  });
});

describe('the wrapper', () => {
  const envOf = (control: Parameters<typeof commandEnv>[0], extra: Readonly<Record<string, string>> = {}) =>
    commandEnv(control, { GOFLAGS: '', ...extra });
  const wrapper = (env: Readonly<Record<string, string>>) => /-exec=(\S+)/.exec(env.GOFLAGS ?? '')?.[1] as string;
  /** A program in the place of a test binary. */
  const binary = (folder: string, script: string, name = 'my orders.test') => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  };

  test('leases for a test binary, hands it arguments and environment, and ends the lease with it', async () => {
    await using control = await openControl();
    const env = envOf(control);
    const program = binary(control.folder, 'printf "%s " "$DATABASE_URL" "$SEATRIAL_LEASE" "$@"; exit 3');
    const { exitCode, stdout } = await runCommand(wrapper(env), [program, '-test.v', 'a b'], { env });
    expect([exitCode, stdout]).toEqual([3, 'postgres://app:secret@127.0.0.1/l1 s1/l1 -test.v a b ']);
    expect(control.door.helloes).toEqual([expect.stringMatching(/^go\/my-orders-\d+ seatrial-go$/)]);
    await until(() => control.door.calls.includes('release l1 disconnected'));
  });

  test('what the project sets for itself stays', async () => {
    await using control = await openControl();
    const env = envOf(control, { DATABASE_URL: 'postgres://own/container' });
    const { stdout } = await runCommand(wrapper(env), [binary(control.folder, 'printf "$DATABASE_URL $PGDATABASE"')], { env });
    expect(stdout).toBe('postgres://own/container l1');
  });

  test('passes signals on, and ends by the signal that has ended the binary', async () => {
    await using control = await openControl();
    const env = envOf(control);
    const program = binary(control.folder, 'kill -TERM $PPID; exec sleep 60');
    const { exitCode, signal } = await runCommand(wrapper(env), [program], { env });
    expect([exitCode, signal]).toEqual([null, 'SIGTERM']);
  });

  test('hands on the seed of a random order, unless the user has named one', async () => {
    await using control = await openControl();
    const env = { ...envOf(control), SEATRIAL_SHUFFLE_SEED: '7' };
    const program = binary(control.folder, 'echo "$@"');
    const outputs = [['-test.v'], ['-test.shuffle=off']].map((args) => runCommand(wrapper(env), [program, ...args], { env }));
    expect((await Promise.all(outputs)).map(({ stdout }) => stdout)).toEqual([
      '-test.shuffle=7 -test.v\n',
      '-test.shuffle=off\n',
    ]);
  });

  test.for([
    ['a program that is no test', 'server', {}],
    ['an isolation that is none', 'orders.test', { SEATRIAL_ISOLATION: 'run' }],
    ['a child of a leased process', 'orders.test', { SEATRIAL_LEASE: 's1/l9' }],
  ] as const)('starts %s as it is', async ([, name, extra]) => {
    await using control = await openControl();
    const env = { ...envOf(control), ...extra };
    const program = binary(control.folder, 'printf "$DATABASE_URL"', name);
    const { stdout } = await runCommand(wrapper(env), [program], { env });
    expect(stdout).toBe('postgres://main@127.0.0.1/main');
    expect(control.door.calls).toEqual([]);
  });

  test('a package that gets no lease fails with the reason', async () => {
    await using control = await openControl();
    control.door.failure = new Error('the disk is full');
    const env = envOf(control);
    const { exitCode, stderr } = await runCommand(wrapper(env), [binary(control.folder, 'echo ran')], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Seatrial has no lease for my orders.test: unexpected failure: the disk is full');
  });
});

describe('GOFLAGS', () => {
  test('what the user has there comes later, and so wins', () => {
    const { GOFLAGS } = injectPlugins({ GOFLAGS: '-count=1 -exec=mine' });
    expect(GOFLAGS).toMatch(/^-exec=\S+\/go-exec\.sh -count=1 -exec=mine$/);
  });

  test('what `go env -w` has written is not hidden', () => {
    const workspace = makeWorkspace({ '.config/go/env': 'GOBIN=/x\nGOFLAGS=-buildvcs=false\n' });
    const HOME = workspace.project;
    expect(injectPlugins({ HOME }).GOFLAGS).toMatch(/go-exec\.sh( -buildvcs=false)?$/);
    expect(injectPlugins({ GOENV: path.join(HOME, '.config/go/env') }).GOFLAGS).toMatch(/go-exec\.sh -buildvcs=false$/);
    expect(injectPlugins({ GOENV: 'off', HOME }).GOFLAGS).toMatch(/go-exec\.sh$/);
  });
});
