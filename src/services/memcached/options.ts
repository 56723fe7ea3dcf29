import { mapOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** The options of `use: memcached` in the configuration. */
export const memcachedOptions: Readonly<Record<string, OptionSpec>> = {
  settings: {
    type: 'map',
    description: 'Long options of the command line: memory-limit (in MB), max-item-size, threads, conn-limit, ...',
  },
};

/** Options that the session decides: another value would break readiness or cleaning. */
const RESERVED_SETTINGS: readonly string[] = [
  ...[
    'port',
    'udp-port',
    'listen',
    'unix-socket',
    'unix-mask',
    'daemon',
    'pidfile',
    'user',
    'lock-memory',
    'help',
    'version',
    'license',
  ],
  ...['protocol', 'enable-sasl', 'auth-file', 'enable-ssl', 'disable-flush-all', 'disable-dumping', 'disable-cas', 'memory-file'],
];

/** Words of the command line. */
export function readSettings(request: ServiceRequest): readonly string[] {
  const settings = mapOption(request.options, 'settings', { true: '', false: 'false' });
  const refuse = (what: string, hint: string) =>
    new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: ${what}`, { hint });
  return Object.entries(settings).map(([name, value]) => {
    if (RESERVED_SETTINGS.includes(name)) throw refuse(`the setting ${name} is chosen by Seatrial`, 'leave it out');
    if (!/^[a-z][a-z-]+$/.test(name))
      throw refuse(`${JSON.stringify(name)} is no setting`, 'write it as in `memcached --help`, without dashes in front');
    return value === '' ? `--${name}` : `--${name}=${value}`;
  });
}
