import { expect, it } from 'vitest';
import type { ComposeService } from '../../../src/core/service.ts';
import { fromCompose } from '../../../src/services/postgres/compose.ts';

const service = (given: Partial<ComposeService>): ComposeService => ({
  name: 'db',
  tag: '16',
  environment: {},
  command: [],
  mounts: [],
  ...given,
});

it('takes user, password and database with the defaults of the official image', () => {
  expect(fromCompose(service({ environment: { POSTGRES_PASSWORD: 'secret' } }))).toEqual({
    options: { user: 'postgres', password: 'secret', database: 'postgres' },
    init: [],
    notes: [],
  });
  expect(fromCompose(service({ environment: { POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'x' } })).options).toMatchObject({
    database: 'app',
  });
});

it('turns flags of the command into settings, and says which it cannot honour', () => {
  const command = [
    'postgres',
    '-c',
    'max_connections=50',
    '-cwal_level=logical',
    '--log-statement=all',
    '-p',
    '5433',
    '-c',
    'config_file=/etc/p.conf',
    '--help',
  ];
  const { options, notes } = fromCompose(service({ command }));
  expect(options.settings).toEqual({ max_connections: '50', wal_level: 'logical', log_statement: 'all' });
  expect(notes).toEqual([
    'port=5433 is not honoured: Seatrial chooses it',
    'config_file=/etc/p.conf is not read: put what matters under `settings`',
    'the command word "--help" is not honoured',
  ]);
});

it('takes init mounts in the order of their names in the container, and says that data volumes are not used', () => {
  const mounts = [
    { source: '/p/z.sql', target: '/docker-entrypoint-initdb.d/1.sql' },
    { source: '/p/a.sql', target: '/docker-entrypoint-initdb.d/2.sql' },
    { source: undefined, target: '/var/lib/postgresql/data' },
    { source: '/p/my.conf', target: '/etc/postgresql/postgresql.conf' },
  ];
  expect(fromCompose(service({ mounts }))).toMatchObject({
    init: ['/p/z.sql', '/p/a.sql'],
    notes: [
      'the data volume at /var/lib/postgresql/data is not used: each run gets fresh data',
      'the mount at /etc/postgresql/postgresql.conf is not used',
    ],
  });
  expect(fromCompose(service({ mounts: [{ source: '/p/init', target: '/docker-entrypoint-initdb.d/' }] })).init).toEqual([
    '/p/init',
  ]);
});

it('keeps initdb arguments but not its locale, and says that a password file is not read', () => {
  const environment = { POSTGRES_PASSWORD_FILE: '/run/secrets/pw', POSTGRES_INITDB_ARGS: '--data-checksums --locale=C' };
  const { options, notes } = fromCompose(service({ environment }));
  expect(options).toMatchObject({ initdbArgs: ['--data-checksums'] });
  expect(options).not.toHaveProperty('password');
  expect(notes).toHaveLength(2);
});
