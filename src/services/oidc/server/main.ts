import http from 'node:http';
import type { Between, Scope } from '../../../core/reset.ts';
import { serveControl } from '../../../util/program-control.ts';
import { programSettings } from '../../../util/program-settings.ts';
import type { Claims, OidcSettings } from '../options.ts';
import { NONCE_HEADER } from '../ready.ts';
import { type Answer, type Asked, answer } from './endpoints.ts';
import { createIssuer, type Issuer } from './issuer.ts';
import { loadKey } from './keys.ts';
import { OAuthError } from './oauth-error.ts';

/** What the program is started with. */
interface ProgramSettings extends OidcSettings {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly nonce: string;
  readonly control: string;
  readonly cacheDir: string;
}

// An issuer of our own: real providers can't mint a bad token, and mocks of them come with dozens of packages. Tokens are few lines on node:crypto.
const settings = programSettings<ProgramSettings>();
const key = await loadKey(settings.algorithm, settings.cacheDir);
const base = `http://${settings.addresses[0]}:${settings.port}`;
/** By name, the session's own without one: an issuer is there when somebody comes for it. */
const issuers = new Map<string, Issuer>();
const find = (name: string): Issuer => {
  const issuer = issuers.get(name) ?? createIssuer(name === '' ? base : `${base}/${name}`, key, settings);
  issuers.set(name, issuer);
  return issuer;
};

/** `/1f3a/token` is `/token` of the issuer `1f3a`: the names of leases have lower-case letters and digits only. */
function split(pathname: string): { readonly name: string; readonly path: string } {
  const [, name = '', path = ''] = /^\/([a-z0-9]+)(\/.*)$/.exec(pathname) ?? [];
  return name === '' || name === 'users' ? { name: '', path: pathname } : { name, path };
}

async function readRequest(request: http.IncomingMessage, url: URL, path: string): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
  const params = new URLSearchParams(url.searchParams);
  if (!isJson) for (const [name, value] of new URLSearchParams(body)) params.set(name, value);
  const { method = 'GET', headers } = request;
  return { method, path, params, json: isJson ? parseObject(body) : {}, authorization: headers.authorization ?? '' };
}

function parseObject(text: string): Claims {
  try {
    return { ...(JSON.parse(text) as Claims) };
  } catch {
    throw new OAuthError('invalid_request', 'the body is not JSON');
  }
}

async function respond(request: http.IncomingMessage): Promise<Answer> {
  if (request.method === 'OPTIONS') return { status: 204 };
  const url = new URL(request.url ?? '/', base);
  const { name, path } = split(url.pathname);
  try {
    return await answer(find(name), await readRequest(request, url, path));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    console.log(`${request.method} ${url.pathname}: ${error.error}, ${error.message}`);
    const body = { error: error.error, error_description: error.message };
    const challenge = error.error === 'invalid_token' ? 'Bearer error="invalid_token"' : 'Basic realm="oidc"';
    return { status: error.status, body, ...(error.status === 401 ? { challenge } : {}) };
  }
}

async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { status, body, location, challenge } = await respond(request);
  response.writeHead(status, {
    [NONCE_HEADER]: settings.nonce,
    'cache-control': 'no-store',
    'access-control-allow-origin': '*', // of single-page apps
    'access-control-allow-headers': '*, authorization',
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
    ...(location === undefined ? {} : { location }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

await serveControl(settings.control, {
  close: ({ issuer }: { issuer: string }) => {
    issuers.delete(issuer);
  },
  enter: ({ issuer, scope, between }: { issuer: string; scope: Scope; between: Between }) =>
    find(issuer).log.enter(scope, between).length,
  leave: ({ issuer, scope }: { issuer: string; scope: Scope }) => find(issuer).log.leave(scope).length,
});
for (const host of settings.addresses)
  await new Promise<void>((resolve, reject) => {
    const server = http.createServer((request, response) => {
      serve(request, response).catch((error: Error) => {
        console.error(error.stack);
        response.destroy();
      });
    });
    server.once('error', reject).listen({ host, port: settings.port, exclusive: true }, resolve);
  });
