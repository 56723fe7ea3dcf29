import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function oidcSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: [
      'OIDC_ISSUER',
      'OIDC_ISSUER_URL',
      'OIDC_JWKS_URL',
      'OIDC_CLIENT_ID',
      'OIDC_CLIENT_SECRET',
      'SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUER_URI',
    ],
    write: async ({ url }, key) => void (await postJson(`${url}/users`, { sub: key })),
    has: async ({ url }, key) => (await fetch(`${url}/users/${key}`)).status === 200,
  };
}

export async function postJson(url: string, body: object): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

/** A token as a test asks for it. */
export async function mint({ mintUrl }: ConnectionFields, request: object): Promise<string> {
  const response = await postJson(mintUrl ?? '', request);
  const { token, error_description } = (await response.json()) as { token?: string; error_description?: string };
  if (token === undefined) throw new Error(error_description);
  return token;
}
