import type { Json } from '../../../core/json.ts';
import { PATHS } from '../fields.ts';
import type { Claims } from '../options.ts';
import {
  accessClaims,
  activeClaims,
  claimsOf,
  type Grant,
  type Issuer,
  issue,
  profileOf,
  revoke,
  startCode,
  takeCode,
  takeRefresh,
} from './issuer.ts';
import { OAuthError } from './oauth-error.ts';
import { DEFECTS, signDefective, signToken } from './tokens.ts';

export interface Asked {
  readonly method: string;
  /** Below the issuer's address. */
  readonly path: string;
  /** Of the query, then of a form. */
  readonly params: URLSearchParams;
  readonly json: Claims;
  readonly authorization: string;
}
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string;
  /** For status 401. */
  readonly challenge?: string;
}

/** Answers one request to an issuer; an OAuthError says what is wrong with it. */
export async function answer(issuer: Issuer, asked: Asked): Promise<Answer> {
  const { path, method } = asked;
  if (path === PATHS.discovery) return { status: 200, body: discoveryOf(issuer) };
  if (path === PATHS.jwks) return { status: 200, body: { keys: [issuer.key.jwk] } };
  if (path === PATHS.authorize) return authorize(issuer, asked.params);
  if (path === PATHS.logout) return logOut(asked.params);
  if (path === PATHS.userinfo) return userinfo(issuer, asked);
  if (path.startsWith(`${PATHS.users}/`) && method === 'GET') {
    const claims = claimsOf(issuer, decodeURIComponent(path.slice(PATHS.users.length + 1)));
    return claims ? { status: 200, body: claims } : { status: 404, body: { error: 'not_found' } };
  }
  if (method !== 'POST') throw new OAuthError('not_found', `there is no ${method} ${path}`, 404);
  if (path === PATHS.token) return { status: 200, body: token(issuer, asked) };
  if (path === PATHS.introspect) {
    const claims = activeClaims(issuer, asked.params.get('token') ?? '');
    return { status: 200, body: claims ? { active: true, token_type: 'Bearer', ...claims } : { active: false } };
  }
  if (path === PATHS.revoke) {
    revoke(issuer, asked.params.get('token') ?? '');
    return { status: 200, body: {} };
  }
  if (path === PATHS.mint) return { status: 200, body: await mint(issuer, asked.json) };
  if (path === PATHS.users) {
    const { sub, ...claims } = asked.json;
    if (typeof sub !== 'string') throw new OAuthError('invalid_request', 'sub is missing');
    issuer.log.add({ kind: 'user', sub, claims });
    return { status: 204 };
  }
  throw new OAuthError('not_found', `there is no ${method} ${path}`, 404);
}

function discoveryOf({ url, key }: Issuer) {
  return {
    issuer: url,
    jwks_uri: url + PATHS.jwks,
    authorization_endpoint: url + PATHS.authorize,
    token_endpoint: url + PATHS.token,
    userinfo_endpoint: url + PATHS.userinfo,
    introspection_endpoint: url + PATHS.introspect,
    revocation_endpoint: url + PATHS.revoke,
    end_session_endpoint: url + PATHS.logout,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
    code_challenge_methods_supported: ['S256', 'plain'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [key.algorithm],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'name', 'preferred_username', 'email', 'email_verified'],
    authorization_response_iss_parameter_supported: true,
  };
}

/** Nobody is asked: whoever the app hints at logs in. `login_hint=error:access_denied` is somebody who does not want to. */
function authorize(issuer: Issuer, params: URLSearchParams): Answer {
  const [clientId, redirectUri] = [params.get('client_id'), params.get('redirect_uri')];
  if (!clientId || !redirectUri || !URL.canParse(redirectUri))
    throw new OAuthError('invalid_request', 'client_id and redirect_uri are needed');
  const { clients, user } = issuer.settings;
  if (clients && !Object.hasOwn(clients, clientId)) throw new OAuthError('invalid_client', `there is no client ${clientId}`);
  const back = (answer: Readonly<Record<string, string>>): Answer => {
    const location = new URL(redirectUri);
    const state = params.get('state');
    for (const [name, value] of Object.entries({ ...answer, ...(state === null ? {} : { state }), iss: issuer.url }))
      location.searchParams.set(name, value);
    return { status: 302, location: location.href };
  };
  if (params.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
  const sub = params.get('login_hint') || user;
  if (sub.startsWith('error:')) return back({ error: sub.slice('error:'.length) });
  const code = startCode(issuer, {
    clientId,
    redirectUri,
    sub,
    scope: params.get('scope') ?? '',
    audience: params.get('audience') ?? params.get('resource') ?? undefined,
    nonce: params.get('nonce') ?? undefined,
    challenge: params.get('code_challenge') ?? undefined,
    challengeMethod: params.get('code_challenge_method') ?? 'plain',
  });
  return back({ code });
}

function token(issuer: Issuer, { params, authorization }: Asked) {
  const clientId = authenticate(issuer, params, authorization);
  const type = params.get('grant_type');
  const grant = (sub: string): Grant => ({
    clientId,
    sub,
    scope: params.get('scope') ?? '',
    audience: params.get('audience') ?? params.get('resource') ?? undefined,
    nonce: undefined,
  });
  switch (type) {
    case 'authorization_code': {
      const given = {
        clientId,
        redirectUri: params.get('redirect_uri') ?? undefined,
        verifier: params.get('code_verifier') ?? undefined,
      };
      return issue(issuer, takeCode(issuer, params.get('code') ?? '', given), 'user');
    }
    case 'refresh_token':
      return issue(issuer, takeRefresh(issuer, params.get('refresh_token') ?? '', clientId), 'refreshed');
    case 'client_credentials':
      return issue(issuer, grant(clientId), 'client');
    case 'password':
      return issue(issuer, grant(params.get('username') || issuer.settings.user), 'user');
    default:
      throw new OAuthError('unsupported_grant_type', `grant_type is ${type}`);
  }
}

/** By `client_secret_basic`, `client_secret_post` or nothing for a public client. */
function authenticate({ settings: { clients } }: Issuer, params: URLSearchParams, authorization: string): string {
  const basic = /^basic (.+)$/i.exec(authorization)?.[1];
  const [id, secret] = basic
    ? Buffer.from(basic, 'base64').toString().split(/:(.*)/s).map(decodeForm)
    : [params.get('client_id'), params.get('client_secret') ?? ''];
  if (!id) throw new OAuthError('invalid_client', 'the client does not say who it is', 401);
  if (!clients) return id;
  if (!Object.hasOwn(clients, id)) throw new OAuthError('invalid_client', `there is no client ${id}`, 401);
  if (clients[id] !== secret) throw new OAuthError('invalid_client', `the secret of ${id} is another`, 401);
  return id;
}

/** RFC 6749, 2.3.1: id and secret are encoded as in a form before they are put together. */
function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function userinfo(issuer: Issuer, { authorization }: Asked): Answer {
  const claims = activeClaims(issuer, /^bearer (.+)$/i.exec(authorization)?.[1] ?? '');
  if (!claims) throw new OAuthError('invalid_token', 'the access token is not valid', 401);
  return { status: 200, body: profileOf(issuer, String(claims.sub)) };
}

function logOut(params: URLSearchParams): Answer {
  const [target, state] = [params.get('post_logout_redirect_uri'), params.get('state')];
  if (!target || !URL.canParse(target)) return { status: 200, body: {} };
  const location = new URL(target);
  if (state !== null) location.searchParams.set('state', state);
  return { status: 302, location: location.href };
}

/** A token for a test, without a login: any claims, and anything wrong with it that is asked for. */
async function mint(issuer: Issuer, asked: Claims): Promise<{ token: string; claims: Claims }> {
  const { sub, scope, audience, clientId, claims, lifetimeSeconds, defect, ...unknown } = asked;
  const text = (value: Json | undefined) => (value === undefined || value === null ? undefined : String(value));
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw new OAuthError('invalid_request', `${stray} is not known; further claims go into \`claims\``);
  const broken = DEFECTS.find((one) => one === defect);
  if (defect !== undefined && !broken) throw new OAuthError('invalid_request', `defect is one of ${DEFECTS.join(', ')}`);
  const grant = {
    clientId: text(clientId) ?? Object.keys(issuer.settings.clients ?? {})[0] ?? 'test-client',
    sub: text(sub) ?? issuer.settings.user,
    scope: text(scope) ?? '',
    audience: text(audience),
  };
  const basis = accessClaims(issuer, grant);
  const lifetime = lifetimeSeconds === undefined ? {} : { exp: Number(basis.iat) + Number(lifetimeSeconds) };
  const all: Claims = { ...basis, ...lifetime, ...(claims as Claims | undefined) };
  return { token: broken ? await signDefective(issuer.key, all, broken) : signToken(issuer.key, all), claims: all };
}
