import { SeatrialError } from '../../errors.ts';
import type { AmqpTarget } from './fields.ts';

/** Reads the address of a broker that runs already. As clients read it: no path means the virtual host `/`. */
export function readExternal(name: string, text: string): AmqpTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'amqp:' || !url.hostname)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as amqp://user:password@host:5672/vhost (TLS addresses, amqps:, are not supported)',
    });
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5672),
    user: decodeURIComponent(url.username) || 'guest',
    password: decodeURIComponent(url.password) || 'guest',
    vhost: decodeURIComponent(url.pathname.slice(1)) || '/',
  };
}
