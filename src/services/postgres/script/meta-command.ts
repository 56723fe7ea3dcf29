import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { splitWords } from '../../../util/words.ts';
import { copyIn } from './copy-in.ts';
import type { ScriptRun } from './script-run.ts';

/** These change how psql shows or checks things, not what the script does: ON_ERROR_STOP is how we run it anyway. */
const WITHOUT_EFFECT = [
  'restrict',
  'unrestrict',
  'pset',
  'timing',
  'x',
  'a',
  't',
  'o',
  'H',
  'errverbose',
  'conninfo',
  'p',
  'unset',
  '.',
];
const HARMLESS_VARIABLES = [
  'ON_ERROR_STOP',
  'ON_ERROR_ROLLBACK',
  'ECHO',
  'ECHO_HIDDEN',
  'QUIET',
  'VERBOSITY',
  'SHOW_CONTEXT',
  'HIDE_TABLEAM',
];

/** Carries out a backslash command of psql as far as scripts for a test database need it. */
export async function runMetaCommand(command: string, argument: string, run: ScriptRun): Promise<'stop' | undefined> {
  if (WITHOUT_EFFECT.includes(command)) return undefined;
  switch (command) {
    case 'q':
    case 'quit':
      return 'stop';
    case 'c':
    case 'connect':
      await connectAnew(argument, run);
      return undefined;
    case 'i':
    case 'ir':
    case 'include':
    case 'include_relative':
      await run.include(resolvePath(unquote(argument), run.file));
      return undefined;
    case 'echo':
    case 'qecho':
    case 'warn':
      run.log(unquote(argument));
      return undefined;
    case 'encoding':
      if (!/^utf-?8$/i.test(unquote(argument))) throw unsupported(`\\encoding ${argument}`);
      return undefined;
    case 'set':
      checkVariable(argument);
      return undefined;
    case 'copy':
      await copyFromFile(argument, run);
      return undefined;
    default:
      throw unsupported(`\\${command}`);
  }
}

/** Only the database can change: scripts run as the user of the app. */
async function connectAnew(argument: string, run: ScriptRun): Promise<void> {
  const [database = '-', user = '-', ...rest] = splitWords(argument.replace(/^-reuse-previous=\w+\s+/, '').replaceAll('"', "'"));
  const named = /(?:^|\s)dbname=('?)([^'\s]+)\1/.exec(argument)?.[2];
  const current = run.client.database;
  if (named === undefined && ((user !== '-' && user !== run.client.user) || rest.some((word) => word !== '-')))
    throw unsupported(`\\connect as another user or to another server (${argument})`);
  await run.connectTo(named ?? (database === '-' ? (current as string) : database));
}

function checkVariable(argument: string): void {
  const [name = ''] = argument.split(/\s+/);
  if (name !== '' && !HARMLESS_VARIABLES.includes(name.toUpperCase())) throw unsupported(`the psql variable ${name}`);
}

async function copyFromFile(argument: string, run: ScriptRun): Promise<void> {
  const [, what, file, options = ''] = /^(.+?)\s+from\s+('(?:[^']|'')*'|\S+)\s*(.*?);?$/is.exec(argument) ?? [];
  if (!what || !file || /^(?:stdin|pstdin|program)$/i.test(file)) throw unsupported(`\\copy ${argument}`);
  const text = await fsPromises.readFile(resolvePath(unquote(file), run.file), 'utf8');
  await copyIn(run.client, `COPY ${what} FROM STDIN ${options}`, text);
}

/** As written from the working directory when there is such a file, else beside the script. */
function resolvePath(name: string, script: string): string {
  const beside = path.resolve(path.dirname(script), name);
  return fs.existsSync(beside) ? beside : path.resolve(name);
}

function unquote(text: string): string {
  return splitWords(text).join(' ');
}

function unsupported(what: string): Error {
  return new Error(`${what} is not supported in scripts that Seatrial runs itself; a command under \`migrate:\` can call psql`);
}
