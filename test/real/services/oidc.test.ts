import fs from 'node:fs';
import path from 'node:path';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { ConnectionFields } from '../../../src/core/connection.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { oidc } from '../../../src/services/oidc/index.ts';
import { oidcOptions } from '../../../src/services/oidc/options.ts';
import { DEFECTS } from '../../../src/services/oidc/server/tokens.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, startConfigured, toRequest } from '../../helpers/launch-service.ts';
import { mint, oidcSubject, postJson } from '../../helpers/oidc-subject.ts';
import { useOwnFolders } from '../../helpers/own-folders.ts';

const driver = createEmbeddedDriver(createFetcher({}));
const CALLBACK = 'http://127.0.0.1:9/callback';
const defaults = Object.fromEntries(Object.entries(oidcOptions).map(([name, { default: value }]) => [name, value ?? null]));
const configure = (options: object) => oidc.configure(toRequest({ options: { ...defaults, ...options } }));
const service = configure({
  clients: { web: 's3cret:+%', spa: '' },
  users: { anna: { roles: ['admin'], email: 'anna@shop.example' } },
  audience: 'orders-api',
  claims: { tenant: 't1' },
});
const found = await findSpec(driver, service);
if ('why' in found) throw new Error(found.why);

/** The issuer as an app's own client knows it. */
async function discover(fields: ConnectionFields, id = 'web', secret: string | undefined = fields.clientSecret) {
  const authentication = secret ? client.ClientSecretBasic(secret) : client.None();
  return client.discovery(new URL(fields.url), id, undefined, authentication, { execute: [client.allowInsecureRequests] });
}

/** What a browser would do: follows the app to the issuer, and comes back with the answer's address. */
async function logIn(config: client.Configuration, params: Record<string, string>): Promise<URL> {
  const url = client.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'openid email', ...params });
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.status).toBe(302);
  return new URL(response.headers.get('location') ?? '');
}

async function logInWithPkce(config: client.Configuration, hint: string) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const back = await logIn(config, {
    login_hint: hint,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return { back, checks, tokens: await client.authorizationCodeGrant(config, back, checks) };
}

describeService(
  'OpenID Connect, embedded',
  oidcSubject(service, () => launchService(driver, service, found.spec)),
  (server) => {
    const fields = () => service.fields(server().endpoint);
    const verify = (token: string, { issuer, jwksUrl, audience } = fields()) =>
      jwtVerify(token, createRemoteJWKSet(new URL(jwksUrl ?? '')), { issuer: issuer ?? '', audience: audience ?? '' });

    it('logs the hinted user in by code and PKCE, with ID token, userinfo, refresh, introspection and revocation', async () => {
      const config = await discover(fields());
      const { tokens, back, checks } = await logInWithPkce(config, 'anna');
      expect(tokens.claims()).toMatchObject({
        sub: 'anna',
        email: 'anna@shop.example',
        roles: ['admin'],
        tenant: 't1',
        aud: 'web',
      });
      const { payload, protectedHeader } = await verify(tokens.access_token);
      expect(payload).toMatchObject({ sub: 'anna', scope: 'openid email', roles: ['admin'], tenant: 't1', client_id: 'web' });
      expect(protectedHeader.alg).toBe('RS256');
      expect(await client.fetchUserInfo(config, tokens.access_token, 'anna')).toMatchObject({ email: 'anna@shop.example' });

      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
      expect(refreshed.claims()).toMatchObject({ sub: 'anna' });
      expect(refreshed.access_token).not.toBe(tokens.access_token);
      await expect(client.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'invalid_grant' }); // once only

      expect(await client.tokenIntrospection(config, refreshed.access_token)).toMatchObject({ active: true, sub: 'anna' });
      await client.tokenRevocation(config, refreshed.access_token);
      expect(await client.tokenIntrospection(config, refreshed.access_token)).toEqual({ active: false });
      await client.tokenRevocation(config, tokens.refresh_token ?? '');
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });

    it('serves public clients, and keeps to PKCE, secrets and addresses', async () => {
      const spa = await discover(fields(), 'spa', '');
      expect((await logInWithPkce(spa, 'ben')).tokens.claims()).toMatchObject({ sub: 'ben', email: 'ben@example.com' });
      const challenged = {
        code_challenge: await client.calculatePKCECodeChallenge('a'.repeat(43)),
        code_challenge_method: 'S256',
      };
      const back = await logIn(spa, challenged);
      const grant = (checks: object) => client.authorizationCodeGrant(spa, back, { ...checks, idTokenExpected: true });
      await expect(grant({ pkceCodeVerifier: 'b'.repeat(43) })).rejects.toMatchObject({ error: 'invalid_grant' });
      expect((await grant({ pkceCodeVerifier: 'a'.repeat(43) })).claims()?.sub).toBe('test-user');

      const wrong = await discover(fields(), 'web', 'no');
      await expect(client.clientCredentialsGrant(wrong)).rejects.toMatchObject({ status: 401 });
      const stranger = await discover(fields(), 'stranger', 'no');
      await expect(client.clientCredentialsGrant(stranger)).rejects.toMatchObject({ status: 401 });
      const denied = await logIn(spa, { login_hint: 'error:access_denied', state: 'x' });
      expect(Object.fromEntries(denied.searchParams)).toMatchObject({ error: 'access_denied', state: 'x' });
    });

    it('gives clients tokens of their own', async () => {
      const config = await discover(fields());
      const asked = await client.clientCredentialsGrant(config, { scope: 'orders:read', audience: 'billing' });
      expect(decodeJwt(asked.access_token)).toMatchObject({ sub: 'web', aud: 'billing', scope: 'orders:read' });
      expect([asked.refresh_token, asked.id_token]).toEqual([undefined, undefined]);
      const post = client.ClientSecretPost(fields().clientSecret);
      const plain = new client.Configuration(config.serverMetadata(), 'web', undefined, post);
      client.allowInsecureRequests(plain);
      expect(decodeJwt((await client.clientCredentialsGrant(plain)).access_token)).toMatchObject({ aud: 'orders-api' });
    });

    it('mints what a test asks for, and every defect by name is refused', async () => {
      const good = await mint(fields(), { sub: 'carl', scope: 'a b', claims: { roles: ['x'], iat: 1 }, lifetimeSeconds: 60 });
      expect((await verify(good)).payload).toMatchObject({ sub: 'carl', scope: 'a b', roles: ['x'], iat: 1 });
      const refusals: Record<string, string> = {};
      for (const defect of DEFECTS) {
        const token = await mint(fields(), { sub: 'carl', defect });
        const check = { algorithms: ['RS256'], requiredClaims: ['exp'], issuer: fields().url, audience: 'orders-api' };
        await jwtVerify(token, createRemoteJWKSet(new URL(fields().jwksUrl ?? '')), check).then(
          () => (refusals[defect] = 'accepted'),
          (error: { code: string; claim?: string }) => (refusals[defect] = error.claim ?? error.code),
        );
      }
      expect(refusals).toEqual({
        expired: 'exp',
        notYet: 'nbf',
        noExp: 'exp',
        wrongKey: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
        wrongAudience: 'aud',
        wrongIssuer: 'iss',
        unknownKid: 'ERR_JWKS_NO_MATCHING_KEY',
        algNone: 'ERR_JOSE_ALG_NOT_ALLOWED',
        hs256WithPublicKey: 'ERR_JOSE_ALG_NOT_ALLOWED',
        tampered: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
      });
      const { alg } = decodeProtectedHeader(await mint(fields(), { defect: 'hs256WithPublicKey' }));
      expect(alg).toBe('HS256');
      await expect(mint(fields(), { defect: 'nonsense' })).rejects.toThrow('expired, notYet');
      await expect(mint(fields(), { roles: [] })).rejects.toThrow('roles is not known');
    });

    it('is another issuer for each lease, whose users and grants go with the scope', async () => {
      const { lease } = service;
      if (lease.kind !== 'database') throw new Error('not a database lease');
      const book = await lease.open(server().endpoint);
      onTestFinished(() => book[Symbol.asyncDispose]());
      const leased = await book.create('0a1b');
      const keeper = await book.openKeeper?.('0a1b', 'rewind');
      if (!keeper) throw new Error('no keeper');
      onTestFinished(() => keeper[Symbol.asyncDispose]());
      const config = await discover(leased);
      const known = async (sub: string) => (await fetch(`${leased.url}/users/${sub}`)).status === 200;

      await postJson(`${leased.url}/users`, { sub: 'wide', roles: ['w'] });
      await keeper.enter('test', 'keep');
      await postJson(`${leased.url}/users`, { sub: 'dora', roles: ['r'] });
      const { tokens } = await logInWithPkce(config, 'dora');
      expect((await verify(tokens.access_token, leased)).payload).toMatchObject({ iss: leased.url, roles: ['r'] });
      await expect(verify(tokens.access_token)).rejects.toMatchObject({ claim: 'iss' });
      expect(await keeper.leave('test')).toMatchObject({ how: 'forget' });
      expect([await known('wide'), await known('dora')]).toEqual([true, false]);
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });
  },
);

describe('An issuer', () => {
  it('takes any client where none is configured, and signs by ES256 when asked to', async () => {
    await using started = await startConfigured(configure({ algorithm: 'ES256', user: 'eve' }), driver);
    const fields = started.service.fields(started.server.endpoint);
    const config = await discover(fields, 'whoever', 'whatever');
    const { tokens } = await logInWithPkce(config, '');
    expect(tokens.claims()?.sub).toBe('eve');
    const keys = createRemoteJWKSet(new URL(fields.jwksUrl ?? ''));
    const { protectedHeader } = await jwtVerify(tokens.access_token, keys, { issuer: fields.url, audience: 'whoever' });
    expect(protectedHeader.alg).toBe('ES256');
  });

  it('keeps its key private, for the next start', async () => {
    const { cache } = useOwnFolders();
    const jwksOf = async () => {
      await using started = await startConfigured(configure({}), driver);
      return (await fetch(`${started.url}/jwks`)).text();
    };
    const first = await jwksOf();
    expect(await jwksOf()).toBe(first);
    expect(first).not.toContain('"d"');
    const file = path.join(cache, 'keys', 'oidc-rs256.pem');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    fs.chmodSync(file, 0o644); // others may have read it
    expect(await jwksOf()).not.toBe(first);
  });

  it('that runs already is taken as it is', async () => {
    await using started = await startConfigured(configure({}), driver);
    const { url } = started;
    const service = oidc.configure(toRequest({ url: `${url}/`, options: { ...defaults, clients: { app: 'pw' } } }));
    const { endpoint } = started.server;
    await service.ready(endpoint, { nonce: undefined, pid: undefined, signal: AbortSignal.timeout(5_000) });
    const env = service.env(service.fields(endpoint));
    expect(env).toMatchObject({ OIDC_ISSUER: url, OIDC_CLIENT_ID: 'app', OIDC_CLIENT_SECRET: 'pw' });
    expect(env).not.toHaveProperty('OIDC_JWKS_URL');
  });
});
