import path from 'node:path';
import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';
import { splitWords } from '../../util/words.ts';
import { readCommand } from './compose-command.ts';

const INIT_FOLDER = '/docker-entrypoint-initdb.d';
const DATA_FOLDERS = ['/var/lib/postgresql', '/bitnami/postgresql'];

/** Reads a compose service on the official image, or on Bitnami's, which takes the same variables under other names as well. */
export function fromCompose(service: ComposeService): ComposeReading {
  const notes: string[] = [];
  const read = (...names: readonly string[]) =>
    names.map((name) => service.environment[name]).find((value) => value !== undefined && value !== '');
  const user = read('POSTGRES_USER', 'POSTGRESQL_USERNAME') ?? 'postgres';
  const password = read('POSTGRES_PASSWORD', 'POSTGRESQL_PASSWORD');
  const passwordFile = read('POSTGRES_PASSWORD_FILE', 'POSTGRESQL_PASSWORD_FILE');
  const hostAuth = read('POSTGRES_HOST_AUTH_METHOD');
  const initdbArgs = splitWords(read('POSTGRES_INITDB_ARGS') ?? '');
  if (!password && passwordFile)
    notes.push(`POSTGRES_PASSWORD_FILE (${passwordFile}) is not read: the password is testpass; set \`password\` to change it`);
  if (hostAuth && !password) notes.push(`POSTGRES_HOST_AUTH_METHOD=${hostAuth}: any password is taken, and the URL has testpass`);
  const kept = initdbArgs.filter((argument) => !isLocaleArgument(argument));
  if (kept.length < initdbArgs.length)
    notes.push('the locale in POSTGRES_INITDB_ARGS is not honoured: the collation is ICU en-US; set `locale` to change it');
  const command = readCommand(service.command);
  notes.push(...command.notes, ...mountNotes(service));
  const options: Record<string, Json> = { user, database: read('POSTGRES_DB', 'POSTGRESQL_DATABASE') ?? user };
  if (password) options.password = password;
  if (hostAuth) options.hostAuth = hostAuth;
  if (kept.length > 0) options.initdbArgs = kept;
  if (Object.keys(command.settings).length > 0) options.settings = command.settings;
  return { options, init: initPaths(service), notes };
}

/** `--locale=C`, `--lc-collate=C`, `--encoding=...`, `-E UTF8`: the encoding is UTF8 in any case. */
function isLocaleArgument(argument: string): boolean {
  return /^--(?:locale|lc-[a-z]+|locale-provider|icu-locale|icu-rules)(?:=|$)/.test(argument);
}

/** In the order in which the image would run them: by name in the container. */
function initPaths({ mounts }: ComposeService): readonly string[] {
  return mounts
    .filter(
      ({ source, target }) =>
        source !== undefined && (trim(target) === INIT_FOLDER || path.posix.dirname(trim(target)) === INIT_FOLDER),
    )
    .sort((a, b) => (a.target < b.target ? -1 : a.target > b.target ? 1 : 0))
    .map(({ source }) => source as string);
}

function mountNotes({ mounts }: ComposeService): readonly string[] {
  return mounts.flatMap(({ source, target }) => {
    if (trim(target) === INIT_FOLDER || path.posix.dirname(trim(target)) === INIT_FOLDER)
      return source === undefined ? [`the volume at ${target} is not read: init scripts must be files of this machine`] : [];
    if (DATA_FOLDERS.some((folder) => trim(target).startsWith(folder)))
      return [`the data volume at ${target} is not used: each run gets fresh data`];
    return [`the mount at ${target} is not used`];
  });
}

function trim(target: string): string {
  return target.replace(/\/+$/, '');
}
