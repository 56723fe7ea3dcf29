import { SeatrialError } from '../../errors.ts';
import type { RespTarget } from './resp.ts';

/** Reads the address of a Redis server that runs already. */
export function readExternal(name: string, text: string): { readonly url: string; readonly target: RespTarget } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = Number(url?.pathname.slice(1) || 0);
  if (url?.protocol !== 'redis:' || !url.hostname || !Number.isInteger(database))
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as redis://:password@host:6379/0 (TLS addresses, rediss:, are not supported)',
    });
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    user: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
    database,
  };
  return { url: text, target };
}
