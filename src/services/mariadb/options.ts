import { listOption, mapOption, textOption } from '../../core/option-values.ts';
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

/** As the server shows them. */
const BOOLEANS = { true: 'ON', false: 'OFF' };

export function readOptions({ name, project, options }: ServiceRequest): MariadbSettings {
  const settings = Object.fromEntries(
    Object.entries(mapOption(options, 'settings', BOOLEANS)).map(([key, value]) => [settingName(key), value]),
  );
  const reserved = Object.keys(settings).find((setting) => RESERVED_SETTINGS.includes(setting));
  if (reserved)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: the setting ${reserved} is chosen by Seatrial`, {
      hint: 'leave it out',
    });
  for (const option of ['characterSet', 'collation'] as const) {
    const value = textOption(options, option) ?? '';
    if (!/^\w*$/.test(value))
      throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ${option} is ${JSON.stringify(value)}`, {
        hint: 'write a name as `SHOW CHARACTER SET` and `SHOW COLLATION` list them, e.g. utf8mb4_unicode_ci',
      });
  }
  const user = textOption(options, 'user') ?? 'testuser';
  const password = options.password === '' ? '' : (textOption(options, 'password') ?? 'testpass');
  return {
    user,
    password,
    database: textOption(options, 'database') ?? `${project.replaceAll('-', '_')}_test`,
    // There is one root: as the user of the app, its password is that of the app.
    rootPassword:
      user === 'root' ? password : options.rootPassword === '' ? '' : (textOption(options, 'rootPassword') ?? 'testpass'),
    databases: listOption(options, 'databases'),
    users: mapOption(options, 'users', BOOLEANS),
    characterSet: textOption(options, 'characterSet') ?? 'utf8mb4',
    collation: textOption(options, 'collation'),
    timeZones: options.timeZones !== false,
    settings,
    standIn: options.standIn === true,
  };
}
