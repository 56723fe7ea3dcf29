import { listOption, mapOption, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** The options of `use: rabbitmq` in the configuration. */
export const rabbitmqOptions: Readonly<Record<string, OptionSpec>> = {
  user: { type: 'string', description: 'User of the app, an administrator', default: 'testuser' },
  password: { type: 'string', description: 'Password of that user', default: 'testpass' },
  vhost: { type: 'string', description: 'Virtual host of the app; default `<project>_test`' },
  plugins: { type: 'strings', description: 'Plug-ins that the broker starts with; each makes the start slower' },
  settings: { type: 'map', description: 'Settings of the broker, as in rabbitmq.conf: channel_max, consumer_timeout, ...' },
};

export interface RabbitmqSettings {
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  readonly plugins: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
}

/** As rabbitmq.conf has them. */
export function conf({ settings }: RabbitmqSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

const RESERVED = /^(?:listeners\.|default_(?:user|pass|vhost)$|cluster_|log\.)/;

export function readOptions({ name, project, options }: ServiceRequest): RabbitmqSettings {
  const settings = mapOption(options, 'settings', { true: 'true', false: 'false' });
  const reserved = Object.keys(settings).find((setting) => RESERVED.test(setting));
  if (reserved)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: the setting ${reserved} is chosen by Seatrial`, {
      hint: 'leave it out; user, password and virtual host are options of their own',
    });
  return {
    user: textOption(options, 'user') ?? 'testuser',
    password: textOption(options, 'password') ?? 'testpass',
    vhost: textOption(options, 'vhost') ?? `${project.replaceAll('-', '_')}_test`,
    plugins: listOption(options, 'plugins'),
    settings,
  };
}
