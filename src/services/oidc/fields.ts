import type { ConnectionFields } from '../../core/connection.ts';
import type { OidcSettings } from './options.ts';

/** Paths below the issuer's address. */
export const PATHS = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/jwks',
  authorize: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  introspect: '/introspect',
  revoke: '/revoke',
  logout: '/logout',
  mint: '/mint',
  users: '/users',
} as const;

const ANY_CLIENT = ['test-client', 'test-secret'] as const;

/** The first client that is configured; with none, one of the many that will do. */
export function clientOf({ clients }: Pick<OidcSettings, 'clients'>): { readonly id: string; readonly secret: string } {
  const [id, secret] = Object.entries(clients ?? {})[0] ?? ANY_CLIENT;
  return { id, secret };
}

/** `path` is that of the issuer: empty, or `/<lease>`. */
export function toFields(
  settings: OidcSettings,
  { host, port }: { readonly host: string; readonly port: number },
  path: string,
): ConnectionFields {
  const issuer = `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  const { id, secret } = clientOf(settings);
  return {
    url: issuer,
    host,
    port: String(port),
    issuer,
    jwksUrl: issuer + PATHS.jwks,
    tokenUrl: issuer + PATHS.token,
    authorizationUrl: issuer + PATHS.authorize,
    mintUrl: issuer + PATHS.mint,
    clientId: id,
    clientSecret: secret,
    audience: settings.audience ?? id,
  };
}

/** The names that apps, frameworks and hand-written scripts read. Of an issuer that is not ours no more is known than its address. */
export function toEnvironment(fields: ConnectionFields): Readonly<Record<string, string>> {
  const { url, jwksUrl, tokenUrl, authorizationUrl, clientId, clientSecret, audience } = fields;
  const prefix = 'SPRING_SECURITY_OAUTH2';
  const env = {
    OIDC_ISSUER: url,
    OIDC_ISSUER_URL: url,
    OIDC_DISCOVERY_URL: url + PATHS.discovery,
    [`${prefix}_RESOURCESERVER_JWT_ISSUER_URI`]: url,
    OIDC_JWKS_URL: jwksUrl,
    JWKS_URL: jwksUrl,
    OIDC_TOKEN_URL: tokenUrl,
    OIDC_AUTHORIZATION_URL: authorizationUrl,
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET: clientSecret,
    OIDC_AUDIENCE: audience,
  };
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
