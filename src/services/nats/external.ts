import { SeatrialError } from '../../errors.ts';
import type { NatsTarget } from './client.ts';

/** Reads the address of a NATS server that runs already. A user without a password is a token. */
export function readExternal(name: string, text: string): { readonly url: string; readonly target: NatsTarget } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'nats:' || !url.hostname)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as nats://user:password@host:4222 or nats://token@host:4222, one server (TLS is not supported)',
    });
  const user = decodeURIComponent(url.username) || undefined;
  const password = decodeURIComponent(url.password) || undefined;
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 4222),
    ...(password === undefined ? { token: user } : { user, password }),
  };
  return { url: text, target };
}
