import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SEATRIAL, startProgram, startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { CTRL_C, keys, onTerminal, program } from './programs.ts';
import { CACHE, DB_AND_CACHE, makeWorkspace, type Workspace } from './workspace.ts';

/** A command that notes its signals; SIGUSR1 ends it. */
function listener(): { workspace: Workspace; command: readonly string[]; signals(): string[]; untilSignalled(): Promise<void> } {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const file = path.join(workspace.top, 'signals');
  fs.writeFileSync(file, '');
  const signals = () => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return {
    workspace,
    command: ['run', '--', 'node', program('signals.mjs'), file],
    signals,
    untilSignalled: () => expect.poll(() => signals().length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0),
  };
}

/** The pid of the CLI, where it is a child of what the test started. */
function seatrialPid({ top }: Workspace): number {
  const found = findProcesses(top).find(({ text }) => text.startsWith(SEATRIAL.join(' ')) && !text.includes('terminal.py'));
  if (!found) throw new Error('no CLI process');
  return found.pid;
}

test('A command on a terminal sees exactly one SIGINT for one Ctrl-C, and is waited for', async () => {
  const { workspace, command, signals, untilSignalled } = listener();
  const terminal = startProgram(workspace, onTerminal(...command));
  await terminal.untilStdout(/listening/);

  terminal.write(keys(CTRL_C));
  await untilSignalled();
  process.kill(seatrialPid(workspace), 'SIGUSR1'); // forwarded after whatever else Seatrial would have forwarded
  const { code } = await terminal.ended;

  expect(signals()).toEqual(['SIGINT']);
  expect(code).toBe(0);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A terminal shows the command’s output as its own: it is one for the command too, in both directions', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const script =
    'process.stdin.once("data", (text) => { console.log(["tty", process.stdin.isTTY, process.stdout.isTTY, "read", String(text).trim()].join(" ")); process.exit(4); }); console.log("prompt>")';
  const terminal = startProgram(workspace, onTerminal('run', '--', 'node', '-e', script));
  await terminal.untilStdout(/prompt>/);

  terminal.write(keys('yes\r'));
  const { code, stdout } = await terminal.ended;

  expect(stdout).toContain('tty true true read yes');
  expect(code).toBe(4);
});

test('Ctrl-C twice ends everything at once, also a command that ignores it', async () => {
  const { workspace, command, untilSignalled } = listener();
  const terminal = startProgram(workspace, onTerminal(...command));
  await terminal.untilStdout(/listening/);
  terminal.write(keys(CTRL_C));
  await untilSignalled();
  await new Promise((resolve) => setTimeout(resolve, 200)); // a second within 150 ms counts as the echo of the first

  terminal.write(keys(CTRL_C));
  const { code, stdout } = await terminal.ended;

  expect(stdout).toContain('second signal: ending the command now');
  expect(code).toBe(137);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A closed terminal ends the run and leaves nothing', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const terminal = startProgram(workspace, onTerminal('run', '--', 'sh', '-c', 'echo up; sleep 975'));
  await terminal.untilStdout(/up/);

  terminal.write('close\n');

  expect((await terminal.ended).code).toBe(129);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A command that stays when its terminal closes keeps its services, and nothing is left once it ends', async () => {
  const { workspace, command, signals, untilSignalled } = listener();
  const terminal = startProgram(workspace, onTerminal(...command));
  await terminal.untilStdout(/listening/);

  terminal.write('close\n');
  await untilSignalled();
  process.kill(seatrialPid(workspace), 'SIGUSR1');
  const { code } = await terminal.ended;

  expect(signals()).toEqual(['SIGHUP']);
  expect(code).toBe(0);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test.for(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const)(
  '%s to Seatrial alone reaches the command exactly once',
  async (signal) => {
    const { workspace, command, signals, untilSignalled } = listener();
    const run = startSeatrial(workspace, command);
    await run.untilStdout(/listening/);

    run.kill(signal);
    await untilSignalled();
    run.kill('SIGUSR1');
    const { code } = await run.ended;

    expect(signals()).toEqual([signal]);
    expect(code).toBe(0);
  },
);

test('SIGINT to the whole process group reaches the command exactly once', async () => {
  const { workspace, command, signals, untilSignalled } = listener();
  const run = startSeatrial(workspace, command);
  await run.untilStdout(/listening/);

  run.killGroup('SIGINT');
  await untilSignalled();
  run.kill('SIGUSR1');
  await run.ended;

  expect(signals()).toEqual(['SIGINT']);
});

test('Two signals to Seatrial alone end a command that ignores them, at once', async () => {
  const { workspace, command, signals, untilSignalled } = listener();
  const run = startSeatrial(workspace, command);
  await run.untilStdout(/listening/);
  run.kill('SIGINT');
  await untilSignalled();

  run.kill('SIGTERM');
  const { code } = await run.ended;

  expect(signals()).toEqual(['SIGINT']);
  expect(code).toBe(137);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('Under timeout the command gets one SIGTERM, and the run ends cleanly', async () => {
  const { workspace, command, signals, untilSignalled } = listener();
  const run = startProgram(workspace, ['timeout', '600', ...SEATRIAL, ...command]);
  await run.untilStdout(/listening/);

  run.kill('SIGALRM'); // as its clock does when the time is over
  await untilSignalled();
  process.kill(seatrialPid(workspace), 'SIGUSR1');
  const { code, stderr } = await run.ended;

  expect(signals()).toEqual(['SIGTERM']);
  expect(stderr).toContain('node ended with 0');
  expect(code).toBe(124);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('What a signal does to a command that does not handle it is in the exit code', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; exec sleep 974']);
  await run.untilStdout(/up/);

  run.kill('SIGTERM');

  expect((await run.ended).code).toBe(143);
});

test('A run goes on to its end when nobody reads its output any more', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });
  const run = startProgram(
    workspace,
    ['sh', '-c', `{ ${SEATRIAL.join(' ')} run -- touch ran; echo ended $? >&3; } 3>&2 2>&1 | true`],
    { input: '' },
  );

  const { stderr } = await run.ended;

  expect(stderr).toBe('ended 0\n');
  expect(fs.existsSync(path.join(workspace.project, 'ran'))).toBe(true);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A signal that comes while Seatrial cleans up does not cut it short', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const run = startSeatrial(workspace, ['run', '--', 'true']);
  await run.untilStderr(/true ended with 0/);

  run.killGroup('SIGINT');

  expect((await run.ended).code).toBe(0);
  expect(await leftoversAfter(workspace)).toEqual([]);
});
