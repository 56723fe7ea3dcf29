import type { Json } from '../../core/json.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { RESERVED_SETTINGS, settingName } from './server-settings.ts';

/** The options of `use: mariadb` in the configuration. */
export const mariadbOptions: Readonly<Record<string, OptionSpec>> = {
  user: { type: 'string', description: 'User of the app, with all privileges', default: 'testuser' },
  password: { type: 'string', description: 'Password of that user; checked on every connection', default: 'testpass' },
  database: { type: 'string', description: 'Name of the app’s database; default `<project>_test`' },
  rootPassword: { type: 'string', description: 'Password of root, who may log in from anywhere', default: 'testpass' },
  databases: { type: 'strings', description: 'More databases' },
  users: { type: 'map', description: 'More users that can log in: name to password' },
  characterSet: { type: 'string', description: 'Character set of the server and its databases', default: 'utf8mb4' },
  collation: { type: 'string', description: 'Their collation; default that of the character set' },
  timeZones: {
    type: 'boolean',
    description: 'Load the named time zones of this machine, for CONVERT_TZ (Django needs them)',
    default: true,
  },
  settings: { type: 'map', description: 'Server settings, as in my.cnf: sql-mode, max-connections, log-bin, ...' },
};

/** The options of `use: mysql`. */
export const mysqlOptions: Readonly<Record<string, OptionSpec>> = {
  ...mariadbOptions,
  standIn: {
    type: 'boolean',
    description: 'Take MariaDB where this machine has no MySQL; `plan` says so',
    default: false,
  },
};

export interface MariadbSettings {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly rootPassword: string;
  readonly databases: readonly string[];
  readonly users: Readonly<Record<string, string>>;
  readonly characterSet: string;
  readonly collation: string | undefined;
  readonly timeZones: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly standIn: boolean;
}

export function readOptions({ name, project, options }: ServiceRequest): MariadbSettings {
  const settings = Object.fromEntries(Object.entries(map(options, 'settings')).map(([key, value]) => [settingName(key), value]));
  const reserved = Object.keys(settings).find((setting) => RESERVED_SETTINGS.includes(setting));
  if (reserved)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: the setting ${reserved} is chosen by Seatrial`, {
      hint: 'leave it out',
    });
  for (const option of ['characterSet', 'collation'] as const) {
    const value = text(options, option) ?? '';
    if (!/^\w*$/.test(value))
      throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ${option} is ${JSON.stringify(value)}`, {
        hint: 'write a name as `SHOW CHARACTER SET` and `SHOW COLLATION` list them, e.g. utf8mb4_unicode_ci',
      });
  }
  const user = text(options, 'user') ?? 'testuser';
  const password = options.password === '' ? '' : (text(options, 'password') ?? 'testpass');
  return {
    user,
    password,
    database: text(options, 'database') ?? `${project.replaceAll('-', '_')}_test`,
    // There is one root: as the user of the app, its password is that of the app.
    rootPassword: user === 'root' ? password : options.rootPassword === '' ? '' : (text(options, 'rootPassword') ?? 'testpass'),
    databases: list(options, 'databases'),
    users: map(options, 'users'),
    characterSet: text(options, 'characterSet') ?? 'utf8mb4',
    collation: text(options, 'collation'),
    timeZones: options.timeZones !== false,
    settings,
    standIn: options.standIn === true,
  };
}

type Options = Readonly<Record<string, Json>>;

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

function list(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function map(options: Options, name: string): Readonly<Record<string, string>> {
  const value = options[name];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settingText(inner)]));
}

/** YAML reads `on` and `off` as words but `true` as a boolean. */
function settingText(value: Json): string {
  return typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : String(value ?? '');
}
