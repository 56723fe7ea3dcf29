import { expect, it } from 'vitest';
import type { ComposeService } from '../../../src/core/service.ts';
import { fromCompose } from '../../../src/services/mariadb/compose.ts';

const service = (given: Partial<ComposeService>): ComposeService => ({
  name: 'db',
  tag: '8',
  environment: {},
  command: [],
  mounts: [],
  ...given,
});

it('takes user, passwords and database as the official images do', () => {
  const environment = { MYSQL_ROOT_PASSWORD: 'top', MYSQL_USER: 'app', MYSQL_PASSWORD: 'secret', MYSQL_DATABASE: 'shop' };
  expect(fromCompose('mysql', service({ environment }))).toEqual({
    options: { user: 'app', password: 'secret', rootPassword: 'top', database: 'shop' },
    init: [],
    notes: [],
  });
  expect(fromCompose('mysql', service({ environment: { MYSQL_ROOT_PASSWORD: 'top', MYSQL_DATABASE: 'shop' } })).options).toEqual({
    user: 'root',
    password: 'top',
    database: 'shop',
  });
});

it('takes the names of MariaDB first, and those of the Bitnami images', () => {
  const environment = {
    MARIADB_ROOT_PASSWORD: 'top',
    MYSQL_ROOT_PASSWORD: 'other',
    MARIADB_USER: 'app',
    MARIADB_PASSWORD: 'secret',
    MARIADB_CHARACTER_SET: 'latin1',
    MARIADB_COLLATE: 'latin1_bin',
    MARIADB_EXTRA_FLAGS: '--max-connections=20 --sql-mode=ANSI',
  };
  expect(fromCompose('mariadb', service({ environment })).options).toEqual({
    user: 'app',
    password: 'secret',
    rootPassword: 'top',
    characterSet: 'latin1',
    collation: 'latin1_bin',
    settings: { 'max-connections': '20', 'sql-mode': 'ANSI' },
  });
});

it('takes an empty password where the image would, and says which secrets it does not read', () => {
  expect(fromCompose('mysql', service({ environment: { MYSQL_ALLOW_EMPTY_PASSWORD: 'yes' } })).options).toEqual({
    user: 'root',
    password: '',
  });
  expect(fromCompose('mysql', service({ environment: { MYSQL_RANDOM_ROOT_PASSWORD: 'yes' } })).notes).toEqual([
    'MYSQL_RANDOM_ROOT_PASSWORD is not read: the password is testpass; set `rootPassword` to change it',
  ]);
});

it('turns flags of the command into settings, and says which it cannot honour', () => {
  const command = [
    ...['mysqld', '--character-set-server=utf8mb3', '--collation-server', 'utf8mb3_bin', '--lower_case_table_names=1'],
    ...['--skip-ssl', '--port=3307', '--defaults-file=/etc/my.cnf', '-v'],
  ];
  const { options, notes } = fromCompose('mysql', service({ command }));
  expect(options).toMatchObject({
    characterSet: 'utf8mb3',
    collation: 'utf8mb3_bin',
    settings: { 'lower-case-table-names': '1', 'skip-ssl': '' },
  });
  expect(notes).toEqual([
    'port=3307 is not honoured: Seatrial chooses it',
    'defaults-file=/etc/my.cnf is not read: put what matters under `settings`',
    'the command word "-v" is not honoured',
  ]);
});

it('takes init mounts in the order of their names in the container, and says which mounts are not used', () => {
  const mounts = [
    { source: '/p/z.sql', target: '/docker-entrypoint-initdb.d/1.sql' },
    { source: '/p/a.sql', target: '/docker-entrypoint-initdb.d/2.sql' },
    { source: undefined, target: '/var/lib/mysql' },
    { source: '/p/my.cnf', target: '/etc/mysql/conf.d/my.cnf' },
    { source: '/p/x', target: '/srv' },
  ];
  expect(fromCompose('mysql', service({ mounts }))).toMatchObject({
    init: ['/p/z.sql', '/p/a.sql'],
    notes: [
      'the data volume at /var/lib/mysql is not used: each run gets fresh data',
      'the configuration at /etc/mysql/conf.d/my.cnf is not read: put what matters under `settings`',
      'the mount at /srv is not used',
    ],
  });
});
