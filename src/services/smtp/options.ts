import { listOption, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** Where MailHog, Mailpit and MailDev listen. */
export const SMTP_PORT = 1025;

/** The options of `use: smtp` in the configuration. */
export const smtpOptions: Readonly<Record<string, OptionSpec>> = {
  user: { type: 'string', description: 'With `password`: clients must log in so. By default any login is taken, and none' },
  password: { type: 'string', description: 'See `user`' },
  starttls: {
    type: 'boolean',
    description:
      'Offer STARTTLS, with a certificate for localhost that clients must be told to trust: the field `certificate` is its file',
    default: false,
  },
  maxSize: { type: 'integer', description: 'Largest message in bytes; a larger one is refused with 552' },
  reject: {
    type: 'strings',
    description: 'Recipients that are refused with 550 (no such user): addresses, `*` for any characters, e.g. `bounce@*`',
  },
  defer: { type: 'strings', description: 'Recipients that are refused with 451 (try again later), written as in `reject`' },
};

export interface SmtpSettings {
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly starttls: boolean;
  readonly maxSize: number | null;
  readonly reject: readonly string[];
  readonly defer: readonly string[];
}

export function readOptions({ name, options }: ServiceRequest): SmtpSettings {
  const [user, password] = [textOption(options, 'user'), textOption(options, 'password')];
  if ((user === undefined) !== (password === undefined))
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: \`user\` and \`password\` belong together`, {
      hint: 'set both, or neither to take any login',
    });
  const maxSize = options.maxSize ?? null;
  if (typeof maxSize === 'number' && maxSize < 1)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: maxSize is ${maxSize}`, { hint: 'expected bytes, 1 or more' });
  return {
    login: user === undefined || password === undefined ? null : { user, password },
    starttls: options.starttls === true,
    maxSize: typeof maxSize === 'number' ? maxSize : null,
    reject: listOption(options, 'reject'),
    defer: listOption(options, 'defer'),
  };
}
