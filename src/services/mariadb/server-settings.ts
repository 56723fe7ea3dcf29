import type { Flavor } from './flavor.ts';

/**
 * Settings of the test server: what the official image has, minus what only serves data that outlives the machine. The log is written at
 * each commit but never synced, so that a committed row survives a killed server. It is small, so that a data directory is quick to copy.
 */
export function serverSettings(
  flavor: Flavor,
  version: string,
  asked: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    ...COMMON,
    ...(flavor === 'mysql' ? forMysql(version) : FOR_MARIADB),
    ...('log-bin' in asked ? {} : { 'skip-log-bin': '' }),
    ...asked,
  };
}

const COMMON: Readonly<Record<string, string>> = {
  'innodb-flush-log-at-trx-commit': '2',
  'innodb-doublewrite': '0',
  'innodb-buffer-pool-size': '64M',
  'innodb-buffer-pool-dump-at-shutdown': '0',
  'innodb-buffer-pool-load-at-startup': '0',
  'innodb-use-native-aio': '0', // its contexts are few on a machine, and a server takes many; the pages lie in memory anyway
  'innodb-temp-data-file-path': 'ibtmp1:2M:autoextend', // written in full at each start, and it grows at once
  'innodb-autoextend-increment': '1',
  'key-buffer-size': '1M', // of MyISAM; its default costs 24 MB
  'performance-schema': '0',
  'skip-name-resolve': '',
};

const FOR_MARIADB: Readonly<Record<string, string>> = {
  'innodb-log-file-size': '8M',
  'aria-pagecache-buffer-size': '8M',
};

function forMysql(version: string): Readonly<Record<string, string>> {
  const [major = 8, minor = 0, patch = 0] = version.split('.').map(Number);
  const hasCapacity = major > 8 || minor > 0 || patch >= 30;
  return {
    ...(hasCapacity ? { 'innodb-redo-log-capacity': '8M' } : { 'innodb-log-file-size': '4M' }),
    'innodb-temp-data-file-path': 'ibtmp1:12M:autoextend',
    mysqlx: '0',
  };
}

/** Settings that the session decides: a value from the user would break readiness or cleaning. */
export const RESERVED_SETTINGS: readonly string[] = [
  'bind-address',
  'port',
  'socket',
  'datadir',
  'basedir',
  'tmpdir',
  'pid-file',
  'report-host',
  'log-error',
  'user',
  'init-file',
  'skip-networking',
  'skip-grant-tables',
  'bootstrap',
  'defaults-file',
  'defaults-extra-file',
  'daemonize',
  'mysqlx',
];

/** `max_connections` and `max-connections` are one setting. */
export function settingName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

export function toArguments(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`));
}
