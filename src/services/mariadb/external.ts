import { SeatrialError } from '../../errors.ts';
import type { Target } from './connect.ts';

export interface ExternalAddress {
  readonly url: string;
  readonly target: Target & { readonly database: string };
  /** `?ssl-mode=REQUIRED`, or empty. */
  readonly query: string;
}

const SCHEMES = /^(?:mysql|mariadb)(?:\+[a-z0-9_]+)?:$/;

/** Reads the address of a server that runs already; SQLAlchemy's driver suffixes are taken too. */
export function readExternal(name: string, text: string): ExternalAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = url ? decodeURIComponent(url.pathname.slice(1)) : '';
  if (!url || !SCHEMES.test(url.protocol) || !url.hostname || !url.username || !database)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as mysql://user:password@host:3306/database',
    });
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    tls: tls(url.searchParams),
  };
  return { url: text, target, query: url.search };
}

/** `ssl-mode` as the command line tools and Prisma write it, `sslmode`, `sslaccept`, or `ssl` as mysql2 takes it. */
function tls(query: URLSearchParams): Target['tls'] {
  const mode = (query.get('ssl-mode') ?? query.get('sslmode') ?? query.get('sslaccept') ?? '').toLowerCase();
  if (['verify_ca', 'verify_identity', 'verify-ca', 'verify-full', 'strict'].includes(mode)) return 'checked';
  if (['required', 'require', 'preferred', 'prefer', 'accept_invalid_certs'].includes(mode)) return 'unchecked';
  return ['true', '1'].includes(query.get('ssl') ?? '') ? 'checked' : undefined;
}
