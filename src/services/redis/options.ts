import { mapOption, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';
import { RESERVED_SETTINGS } from './reserved-settings.ts';

/** The options of `use: redis` in the configuration. */
export const redisOptions: Readonly<Record<string, OptionSpec>> = {
  password: { type: 'string', description: 'Password that clients must give; none by default, as in the official image' },
  settings: {
    type: 'map',
    description: 'Server settings, as in redis.conf: maxmemory, maxmemory-policy, notify-keyspace-events, ...',
  },
};

export interface RedisSettings {
  readonly password: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export function readOptions(request: ServiceRequest): RedisSettings {
  const settings = mapOption(request.options, 'settings', { true: 'yes', false: 'no' });
  const reserved = Object.keys(settings).find((name) => RESERVED_SETTINGS.includes(name.toLowerCase()));
  if (reserved)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${request.name}: the setting ${reserved} is chosen by Seatrial`, {
      hint: reserved === 'requirepass' ? 'set `password`' : 'leave it out',
    });
  return { password: textOption(request.options, 'password'), settings };
}
