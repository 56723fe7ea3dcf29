import { mapOption, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** The options of `use: nats` in the configuration. */
export const natsOptions: Readonly<Record<string, OptionSpec>> = {
  user: { type: 'string', description: 'User that clients must give, with `password`; none by default' },
  password: { type: 'string', description: 'Password of `user`' },
  token: { type: 'string', description: 'Token that clients must give instead of a user' },
  jetstream: { type: 'boolean', description: 'Whether JetStream is on', default: true },
  settings: {
    type: 'map',
    description: 'Server settings, as in nats-server.conf: max_payload, max_pending, "jetstream.max_file_store", ...',
  },
};

export interface NatsSettings {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly jetstream: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

/** Settings that the session decides, or that its clients can't follow: another value would break readiness or cleaning. */
export const RESERVED_SETTINGS: readonly string[] = [
  ...['port', 'host', 'net', 'addr', 'listen', 'server_name', 'client_advertise', 'store_dir', 'storedir', 'jetstream'],
  ...['authorization', 'accounts', 'operator', 'tls', 'cluster', 'gateway', 'leafnodes', 'websocket', 'mqtt'],
  ...['http', 'http_port', 'https', 'https_port', 'pid_file', 'pidfile', 'log_file', 'logfile', 'ports_file_dir'],
];

export function readOptions(request: ServiceRequest): NatsSettings {
  const { name, options } = request;
  const refuse = (what: string, hint: string) => new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ${what}`, { hint });
  const settings = mapOption(options, 'settings', { true: 'true', false: 'false' });
  const reserved = Object.keys(settings).find((setting) => RESERVED_SETTINGS.includes(setting.toLowerCase()));
  if (reserved)
    throw refuse(
      `the setting ${reserved} is chosen by Seatrial`,
      'leave it out; `user`, `password`, `token` and `jetstream` are options',
    );
  const odd = Object.keys(settings).find((setting) => !/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?$/.test(setting));
  if (odd !== undefined)
    throw refuse(`${JSON.stringify(odd)} is no setting`, 'write it as in nats-server.conf, with a dot for a block');
  const user = textOption(options, 'user');
  const password = textOption(options, 'password');
  const token = textOption(options, 'token');
  if ((user === undefined) !== (password === undefined))
    throw refuse('`user` and `password` go together', 'set both, or `token`');
  if (user !== undefined && token !== undefined) throw refuse('`token` goes without a user', 'set one of the two');
  return { user, password, token, jetstream: options.jetstream !== false, settings };
}
