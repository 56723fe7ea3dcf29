import type { Json } from '../../core/json.ts';
import { mapOption, type OptionValues, textOption } from '../../core/option-values.ts';
import type { OptionSpec, ServiceRequest } from '../../core/service.ts';
import { SeatrialError } from '../../errors.ts';

/** Where mock-oauth2-server listens. */
export const OIDC_PORT = 8080;
export const ALGORITHMS = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The options of `use: oidc` in the configuration. */
export const oidcOptions: Readonly<Record<string, OptionSpec>> = {
  clients: {
    type: 'map',
    description: 'Client ids with their secrets, an empty one for a public client; no others are served then. By default any is',
  },
  users: { type: 'map', description: 'Users with their claims, by subject; any other subject can log in too' },
  user: { type: 'string', description: 'Who logs in when the app gives no login_hint', default: 'test-user' },
  audience: { type: 'string', description: '`aud` of access tokens when the request names none; default: the client id' },
  claims: { type: 'map', description: 'Claims of every access and ID token' },
  lifetimeSeconds: { type: 'integer', description: 'How long access and ID tokens are valid', default: 3600 },
  algorithm: { type: 'string', description: `By what tokens are signed: ${ALGORITHMS.join(' or ')}`, default: 'RS256' },
};

export type Claims = Readonly<Record<string, Json>>;

export interface OidcSettings {
  /** By id; null = any client with any secret. */
  readonly clients: Readonly<Record<string, string>> | null;
  readonly users: Readonly<Record<string, Claims>>;
  readonly user: string;
  readonly audience: string | null;
  readonly claims: Claims;
  readonly lifetimeSeconds: number;
  readonly algorithm: Algorithm;
}

export function readOptions({ name, options }: ServiceRequest): OidcSettings {
  const refuse = (text: string, hint: string): never => {
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: ${text}`, { hint });
  };
  const users = Object.entries(objectOption(options, 'users')).map(([sub, claims]): [string, Claims] => {
    if (claims === null) return [sub, {}];
    if (typeof claims !== 'object' || Array.isArray(claims))
      return refuse(
        `users.${sub} is ${JSON.stringify(claims)}`,
        'write its claims, e.g. `{ email: anna@example.com, roles: [admin] }`',
      );
    return [sub, claims as Claims];
  });
  const algorithm = ALGORITHMS.find((one) => one === options.algorithm);
  const lifetimeSeconds = Number(options.lifetimeSeconds);
  if (lifetimeSeconds < 1) return refuse(`lifetimeSeconds is ${lifetimeSeconds}`, 'expected 1 or more');
  const clients = mapOption(options, 'clients', { true: 'true', false: 'false' });
  return {
    clients: Object.keys(clients).length > 0 ? clients : null,
    users: Object.fromEntries(users),
    user: textOption(options, 'user') ?? 'test-user',
    audience: textOption(options, 'audience') ?? null,
    claims: objectOption(options, 'claims'),
    lifetimeSeconds,
    algorithm: algorithm ?? refuse(`algorithm is ${JSON.stringify(options.algorithm)}`, `expected ${ALGORITHMS.join(' or ')}`),
  };
}

function objectOption(options: OptionValues, name: string): Claims {
  const value = options[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : {};
}
