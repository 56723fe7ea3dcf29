import { expect, test } from 'vitest';
import { startSeatrial } from './cli.ts';
import { findLeftovers, findProcesses } from './leftovers.ts';
import { program } from './programs.ts';
import { DB_AND_CACHE, makeWorkspace, type Workspace } from './workspace.ts';

function serverPid({ top }: Workspace, name: RegExp): number {
  const found = findProcesses(top).find(({ text }) => name.test(text));
  if (!found) throw new Error(`no process ${name}`);
  return found.pid;
}

test.for([
  ['db', /bin\/postgres /, /database system is ready/],
  ['cache', /valkey-server/, /[Rr]eady to accept connections/],
] as const)(
  'A server that dies in the middle of a run is named at once, with its last log lines: %s',
  async ([name, server, logLine]) => {
    const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
    const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; cat']);
    await run.untilStdout(/up/);

    process.kill(serverPid(workspace, server), 'SIGKILL');
    await run.untilStderr(new RegExp(`${name} died \\(SIGKILL\\)`)); // while the command still runs
    await run.untilStderr(logLine);
    run.closeStdin();
    const { code, stderr } = await run.ended;

    expect(stderr.match(/died \(SIGKILL\)\. Its last/g)).toHaveLength(1);
    expect(stderr).toMatch(/died \(SIGKILL\) while the command ran\n {2}SEATRIAL_SERVICE_DIED/);
    expect(code).toBe(125);
    expect(findLeftovers(workspace)).toEqual([]);
  },
);

test('A command that fails because its server died keeps its exit code', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const run = startSeatrial(workspace, [
    'run',
    '--',
    'sh',
    '-c',
    `echo up; read _; node ${program('sql.mjs')} 'select 1' 2>/dev/null; exit 7`,
  ]);
  await run.untilStdout(/up/);

  process.kill(serverPid(workspace, /bin\/postgres /), 'SIGQUIT');
  await run.untilStderr(/db died/);
  run.write('go\n');

  expect((await run.ended).code).toBe(7);
  expect(findLeftovers(workspace)).toEqual([]);
});
