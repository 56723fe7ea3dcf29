import { SeatrialError } from '../../errors.ts';
import type { Target } from './connect.ts';

export interface ExternalAddress {
  readonly url: string;
  readonly target: Target;
  /** `?sslmode=require`, or empty. */
  readonly query: string;
}

const SCHEMES = ['postgres:', 'postgresql:', 'postgresql+asyncpg:', 'postgresql+psycopg:', 'postgresql+psycopg2:'];

/** Reads the address of a server that runs already; SQLAlchemy's driver suffixes are taken too. */
export function readExternal(name: string, text: string): ExternalAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = url ? decodeURIComponent(url.pathname.slice(1)) : '';
  if (!url || !SCHEMES.includes(url.protocol) || !url.hostname || !url.username || !database)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as postgresql://user:password@host:5432/database',
    });
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    sslMode: url.searchParams.get('sslmode') ?? undefined,
  };
  return { url: text, target, query: url.search };
}
