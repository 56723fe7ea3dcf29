import crypto from 'node:crypto';
import { createScopedLog, type ScopedLog } from '../../../core/scoped-log.ts';
import type { Claims, OidcSettings } from '../options.ts';
import type { SigningKey } from './keys.ts';
import { OAuthError } from './oauth-error.ts';
import { halfHash, nowSeconds, readToken, signToken } from './tokens.ts';

/** What a user has allowed a client. */
export interface Grant {
  readonly clientId: string;
  readonly sub: string;
  readonly scope: string;
  readonly audience: string | undefined;
  readonly nonce: string | undefined;
}
export interface CodeRequest extends Grant {
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly challengeMethod: string;
}

type Entry =
  | { readonly kind: 'code'; readonly code: string; readonly request: CodeRequest }
  | { readonly kind: 'refresh'; readonly token: string; readonly grant: Grant }
  /** A code that was taken, or the id of a token that was revoked. */
  | { readonly kind: 'spent'; readonly id: string }
  | { readonly kind: 'user'; readonly sub: string; readonly claims: Claims };

export interface Issuer {
  readonly url: string;
  readonly key: SigningKey;
  readonly settings: OidcSettings;
  readonly log: ScopedLog<Entry>;
}

export function createIssuer(url: string, key: SigningKey, settings: OidcSettings): Issuer {
  return { url, key, settings, log: createScopedLog() };
}

/** What the configuration and the test say of a user. */
export function claimsOf({ log, settings }: Issuer, sub: string): Claims | undefined {
  const told = log.entries.findLast((entry) => entry.kind === 'user' && entry.sub === sub);
  const known = told?.kind === 'user' ? told.claims : undefined;
  const configured = Object.hasOwn(settings.users, sub) ? settings.users[sub] : undefined;
  return known || configured ? { ...configured, ...known } : undefined;
}

/** Those of ID tokens and of the userinfo endpoint. */
export function profileOf(issuer: Issuer, sub: string): Claims {
  const email = sub.includes('@') ? sub : `${sub}@example.com`;
  return { name: sub, preferred_username: sub, email, email_verified: true, ...claimsOf(issuer, sub), sub };
}

/** The claims of an access token; its user may be the client itself. */
export function accessClaims(issuer: Issuer, { clientId, sub, scope, audience }: Omit<Grant, 'nonce'>): Claims {
  const { url, settings } = issuer;
  const now = nowSeconds();
  return {
    ...settings.claims,
    ...claimsOf(issuer, sub),
    iss: url,
    sub,
    aud: audience ?? settings.audience ?? clientId,
    iat: now,
    nbf: now,
    exp: now + settings.lifetimeSeconds,
    jti: crypto.randomUUID(),
    client_id: clientId,
    azp: clientId,
    ...(scope === '' ? {} : { scope }),
  };
}

export function startCode(issuer: Issuer, request: CodeRequest): string {
  const code = crypto.randomUUID();
  issuer.log.add({ kind: 'code', code, request });
  return code;
}

/** A code is good once, for the client that asked for it, at the address that it was sent to, with what its challenge was made of. */
export function takeCode(
  issuer: Issuer,
  code: string,
  given: { readonly clientId: string; readonly redirectUri: string | undefined; readonly verifier: string | undefined },
): Grant {
  const entry = issuer.log.entries.find((one) => one.kind === 'code' && one.code === code);
  if (entry?.kind !== 'code') throw new OAuthError('invalid_grant', `there is no code ${code}`);
  if (isSpent(issuer, code)) throw new OAuthError('invalid_grant', 'the code has been used');
  const { request } = entry;
  if (request.clientId !== given.clientId) throw new OAuthError('invalid_grant', `the code was given to ${request.clientId}`);
  if (request.redirectUri !== given.redirectUri)
    throw new OAuthError('invalid_grant', `redirect_uri was ${request.redirectUri} when the code was asked for`);
  if (request.challenge !== undefined) {
    const { verifier = '' } = given;
    const hash = request.challengeMethod === 'S256' ? crypto.createHash('sha256').update(verifier).digest('base64url') : verifier;
    if (hash !== request.challenge) throw new OAuthError('invalid_grant', 'code_verifier does not fit code_challenge');
  } else if (given.verifier !== undefined) {
    throw new OAuthError('invalid_grant', 'there was no code_challenge for this code_verifier');
  }
  issuer.log.add({ kind: 'spent', id: code });
  return request;
}

export function takeRefresh(issuer: Issuer, token: string, clientId: string): Grant {
  const entry = issuer.log.entries.find((one) => one.kind === 'refresh' && one.token === token);
  if (entry?.kind !== 'refresh' || isSpent(issuer, token))
    throw new OAuthError('invalid_grant', 'the refresh token is not valid');
  if (entry.grant.clientId !== clientId)
    throw new OAuthError('invalid_grant', `the refresh token was given to ${entry.grant.clientId}`);
  return entry.grant;
}

/** The answer of the token endpoint. A user gets an ID token for `openid`, and a refresh token the first time. */
export function issue(issuer: Issuer, grant: Grant, kind: 'client' | 'user' | 'refreshed'): Readonly<Record<string, unknown>> {
  const { url, key, settings, log } = issuer;
  const claims = accessClaims(issuer, grant);
  const access = signToken(key, claims);
  const answer: Record<string, unknown> = {
    access_token: access,
    token_type: 'Bearer',
    expires_in: settings.lifetimeSeconds,
    scope: grant.scope,
  };
  if (kind !== 'client' && grant.scope.split(' ').includes('openid'))
    answer.id_token = signToken(key, {
      ...settings.claims,
      ...profileOf(issuer, grant.sub),
      iss: url,
      aud: grant.clientId,
      azp: grant.clientId,
      iat: claims.iat ?? 0,
      exp: claims.exp ?? 0,
      auth_time: claims.iat ?? 0,
      at_hash: halfHash(access),
      ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
    });
  if (kind === 'user') {
    const token = crypto.randomBytes(32).toString('base64url');
    log.add({ kind: 'refresh', token, grant });
    answer.refresh_token = token;
  }
  return answer;
}

/** The claims of an access token of this issuer that is still good. */
export function activeClaims(issuer: Issuer, token: string): Claims | undefined {
  const claims = readToken(issuer.key, token);
  return claims?.iss === issuer.url && !isSpent(issuer, String(claims.jti)) ? claims : undefined;
}

/** An access token or a refresh token. */
export function revoke(issuer: Issuer, token: string): void {
  issuer.log.add({ kind: 'spent', id: String(readToken(issuer.key, token)?.jti ?? token) });
}

function isSpent({ log }: Issuer, id: string): boolean {
  return log.entries.some((entry) => entry.kind === 'spent' && entry.id === id);
}
