import path from 'node:path';
import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';
import { splitWords } from '../../util/words.ts';
import { readCommand } from './compose-command.ts';
import type { Flavor } from './flavor.ts';

const INIT_FOLDER = '/docker-entrypoint-initdb.d';
const DATA_FOLDERS = /^\/(?:var\/lib\/(?:mysql|percona)|bitnami\/(?:mysql|mariadb))(?:\/|$)/;
const CONFIG_FOLDERS = /^\/(?:etc\/(?:mysql|my\.cnf)|opt\/bitnami)/;

/** Reads a compose service on an official image of MariaDB, MySQL or Percona, or on Bitnami's, which take nearly the same variables. */
export function fromCompose(flavor: Flavor, service: ComposeService): ComposeReading {
  const notes: string[] = [];
  const prefixes = flavor === 'mariadb' ? ['MARIADB', 'MYSQL'] : ['MYSQL'];
  const read = (...names: readonly string[]) =>
    names
      .flatMap((name) => prefixes.map((prefix) => service.environment[`${prefix}_${name}`]))
      .find((value) => value !== undefined && value !== '');
  const allowsEmpty =
    (read('ALLOW_EMPTY_PASSWORD', 'ALLOW_EMPTY_ROOT_PASSWORD') ?? service.environment.ALLOW_EMPTY_PASSWORD) !== undefined;
  const user = read('USER') ?? 'root';
  const rootPassword = read('ROOT_PASSWORD', 'MASTER_ROOT_PASSWORD') ?? (allowsEmpty ? '' : undefined);
  const password = user === 'root' ? rootPassword : (read('PASSWORD') ?? (allowsEmpty ? '' : undefined));
  for (const name of ['ROOT_PASSWORD_FILE', 'PASSWORD_FILE', 'RANDOM_ROOT_PASSWORD', 'ROOT_PASSWORD_HASH', 'PASSWORD_HASH']) {
    const value = read(name);
    if (value && (name.includes('ROOT') ? rootPassword : password) === undefined)
      notes.push(
        `${prefixes[0]}_${name} is not read: the password is testpass; set \`${name.includes('ROOT') ? 'rootPassword' : 'password'}\` to change it`,
      );
  }
  const flags = splitWords(read('EXTRA_FLAGS') ?? '');
  const { settings, notes: commandNotes } = readCommand([...service.command, ...flags]);
  notes.push(...commandNotes, ...mountNotes(service));
  const { 'character-set-server': characterSetFlag, 'collation-server': collationFlag, ...others } = settings;
  const characterSet = characterSetFlag ?? read('CHARACTER_SET');
  const collation = collationFlag ?? read('COLLATE');
  const options: Record<string, Json> = { user };
  const database = read('DATABASE');
  if (database) options.database = database;
  if (password !== undefined) options.password = password;
  if (rootPassword !== undefined && user !== 'root') options.rootPassword = rootPassword;
  if (characterSet) options.characterSet = characterSet;
  if (collation) options.collation = collation;
  if (read('INITDB_SKIP_TZINFO')) options.timeZones = false;
  if (Object.keys(others).length > 0) options.settings = others;
  return { options, init: initPaths(service), notes };
}

/** In the order in which the image would run them: by name in the container. */
function initPaths({ mounts }: ComposeService): readonly string[] {
  return mounts
    .filter(({ source, target }) => source !== undefined && isInit(target))
    .sort((a, b) => (a.target < b.target ? -1 : a.target > b.target ? 1 : 0))
    .map(({ source }) => source as string);
}

function mountNotes({ mounts }: ComposeService): readonly string[] {
  return mounts.flatMap(({ source, target }) => {
    if (isInit(target))
      return source === undefined ? [`the volume at ${target} is not read: init scripts must be files of this machine`] : [];
    if (DATA_FOLDERS.test(target)) return [`the data volume at ${target} is not used: each run gets fresh data`];
    if (CONFIG_FOLDERS.test(target)) return [`the configuration at ${target} is not read: put what matters under \`settings\``];
    return [`the mount at ${target} is not used`];
  });
}

function isInit(target: string): boolean {
  const trimmed = target.replace(/\/+$/, '');
  return trimmed === INIT_FOLDER || path.posix.dirname(trimmed) === INIT_FOLDER;
}
