import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startChild } from '../helpers/child.ts';
import { repositoryRoot } from '../helpers/source-files.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Runs the CLI in an empty git root with folders of its own; answers exit code and what it printed. */
async function seatrial(...args: string[]) {
  const folder = temporaryFolder();
  fs.mkdirSync(`${folder}/project/.git`, { recursive: true });
  const quoted = `"$0" "$@" >"${folder}/out" 2>"${folder}/err"`;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    SEATRIAL_CACHE_DIR: `${folder}/cache`,
    SEATRIAL_RUNTIME_DIR: `${folder}/runtime`,
    SEATRIAL_DATA_DIR: `${folder}/data`,
  };
  const main = `${repositoryRoot}/src/cli/main.ts`;
  const { exitCode } = await startChild('/bin/sh', ['-c', quoted, process.execPath, main, ...args], {
    cwd: `${folder}/project`,
    env,
  }).ended;
  return { exitCode, out: fs.readFileSync(`${folder}/out`, 'utf8'), err: fs.readFileSync(`${folder}/err`, 'utf8') };
}

describe('exit codes', () => {
  test.each([
    [['--help'], 'Usage: seatrial'],
    [['--version'], /^\d+\.\d+\.\d+/],
    [['run', '--help'], '--isolation <kind>'],
    [['services', '--help'], 'restart'],
  ] as [string[], string | RegExp][])('%j is 0, with the answer on stdout and nothing on stderr', async (args, expected) => {
    const { exitCode, out, err } = await seatrial(...args);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(expected);
  });

  test.each([
    [[], 'Usage: seatrial'],
    [['rnu'], "unknown command 'rnu'"],
    [['--bogus'], "unknown option '--bogus'"],
    [['run', '--serivce', 'postgres'], '(Did you mean --service?)'],
    [['run', '--isolation', 'test', '--', 'true'], 'Allowed choices are run, worker'],
    [['run', '--driver', 'embeded', '--', 'true'], 'Allowed choices are embedded'],
    [['run', '--service'], 'argument missing'],
    [['run'], 'SEATRIAL_COMMAND_MISSING'],
    [['services'], 'Usage: seatrial services'],
    [['services', 'logs', '-n', 'x'], 'A whole number is expected'],
    [['prefetch', 'postgres'], 'SEATRIAL_OPTION_INVALID'],
  ] as [string[], string][])('%j is 2, with the reason on stderr and nothing on stdout', async (args, expected) => {
    const { exitCode, out, err } = await seatrial(...args);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain(expected);
  });

  test('127 is a command that is not there, 1 a failure', async () => {
    expect(await seatrial('run', '--', 'no-such-command')).toMatchObject({
      exitCode: 127,
      out: '',
      err: expect.stringContaining('SEATRIAL_COMMAND_NOT_FOUND'),
    });
    expect(await seatrial('services', 'stop')).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringContaining('SEATRIAL_SESSION_NOT_FOUND'),
    });
  });

  test('with --json a failure is an object on stdout', async () => {
    const { exitCode, out } = await seatrial('services', 'logs', '--json');
    expect([exitCode, JSON.parse(out)]).toMatchObject([1, { error: { code: 'SEATRIAL_SESSION_NOT_FOUND' } }]);
  });
});
