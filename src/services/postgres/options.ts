import { listOption, mapOption, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { RESERVED_SETTINGS } from './server-settings.ts';

/** The options of `use: postgres` in the configuration. */
export const postgresOptions: Readonly<Record<string, OptionSpec>> = {
  user: { type: 'string', description: 'User of the app: superuser and owner of the database', default: 'testuser' },
  password: { type: 'string', description: 'Password of that user; checked on every connection', default: 'testpass' },
  database: { type: 'string', description: 'Name of the app’s database; default `<project>_test`' },
  databases: { type: 'strings', description: 'More databases, owned by the user' },
  users: { type: 'map', description: 'More users that can log in: name to password' },
  roles: { type: 'strings', description: 'Roles that cannot log in' },
  extensions: { type: 'strings', description: 'Extensions to create in the app’s database, e.g. pg_trgm' },
  settings: { type: 'map', description: 'Server settings, as in postgresql.conf: max_connections, wal_level, timezone, ...' },
  locale: { type: 'string', description: 'ICU locale of the default collation', default: 'en-US' },
  initdbArgs: { type: 'strings', description: 'More arguments of initdb, e.g. --wal-segsize=16' },
  hostAuth: {
    type: 'string',
    description: 'Authentication of connections in pg_hba.conf: scram-sha-256, md5, trust, ...',
    default: 'scram-sha-256',
  },
  strict: {
    type: 'boolean',
    description: 'Report tests that change what all databases share: roles, settings, other databases, and large objects',
    default: false,
  },
};

export interface PostgresSettings {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly databases: readonly string[];
  readonly users: Readonly<Record<string, string>>;
  readonly roles: readonly string[];
  readonly extensions: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly locale: string;
  readonly initdbArgs: readonly string[];
  readonly hostAuth: string;
  readonly strict: boolean;
}

const HOST_AUTH = ['scram-sha-256', 'md5', 'password', 'trust'];

/** PostgreSQL takes both, and shows these. */
const BOOLEANS = { true: 'on', false: 'off' };

export function readOptions(request: ServiceRequest): PostgresSettings {
  const options = request.options;
  const hostAuth = textOption(options, 'hostAuth') ?? 'scram-sha-256';
  if (!HOST_AUTH.includes(hostAuth))
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: hostAuth is ${JSON.stringify(hostAuth)}`, {
      hint: `use one of ${HOST_AUTH.join(', ')}`,
    });
  const user = textOption(options, 'user') ?? 'testuser';
  if (/^pg_|["$'\\\n]/.test(user))
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: the user is ${JSON.stringify(user)}`, {
      hint: 'initdb takes no user whose name starts with pg_ or holds a quote, a dollar or a backslash: choose another one',
    });
  const settings = mapOption(options, 'settings', BOOLEANS);
  const reserved = Object.keys(settings).find((setting) => RESERVED_SETTINGS.includes(setting.toLowerCase()));
  if (reserved)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: the setting ${reserved} is chosen by Seatrial`, {
      hint: 'leave it out',
    });
  return {
    user,
    password: textOption(options, 'password') ?? 'testpass',
    database: textOption(options, 'database') ?? `${request.project.replaceAll('-', '_')}_test`,
    databases: listOption(options, 'databases'),
    users: mapOption(options, 'users', BOOLEANS),
    roles: listOption(options, 'roles'),
    extensions: listOption(options, 'extensions'),
    settings,
    locale: textOption(options, 'locale') ?? 'en-US',
    initdbArgs: listOption(options, 'initdbArgs'),
    hostAuth,
    strict: options.strict === true,
  };
}
