import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { engineCandidates } from '../../../src/drivers/docker/addresses.ts';
import { findEngine } from '../../../src/drivers/docker/connect.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** Something that answers on a Unix socket as an engine of that version would. */
async function answering(headers: Readonly<Record<string, string>>, status = 200) {
  const socket = path.join(temporaryFolder(), 'engine.sock');
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(status, headers).end('OK');
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => void server.close());
  return { url: `unix://${socket}`, socket, asked };
}

test.for([
  ['Docker/29.0.1 (linux)', '1.52', 'Docker 29.0.1', '/v1.52/info'],
  ['Docker/31.0.0 (linux)', '1.60', 'Docker 31.0.0', '/v1.52/info'],
  ['Docker/20.10.24 (linux)', '1.41', 'Docker 20.10.24', '/v1.41/info'],
  ['Libpod/5.4.0 (linux)', '1.41', 'Podman 5.4.0', '/v1.41/info'],
] as const)('%s is spoken to in the newest version that both sides know', async ([server, version, title, asked]) => {
  const there = await answering({ Server: server, 'Api-Version': version });
  const engine = await findEngine({ DOCKER_HOST: there.url });
  if ('tried' in engine) throw new Error(engine.tried.join());
  expect(engine).toMatchObject({ title, host: '127.0.0.1', bindAddress: '127.0.0.1' });
  await engine.call('GET', '/info');
  expect(there.asked.at(-1)).toBe(asked);
});

test.for([
  [{ 'Api-Version': '1.24' }, 200, /its API 1\.24 is too old: 1\.40 is needed/],
  [{}, 200, /what answers there is no container engine/],
  [{ 'Api-Version': '1.41' }, 500, /it answers with status 500: OK/],
] as const)('what is no engine for us is said: %j, status %i', async ([headers, status, why]) => {
  const { url, socket } = await answering(headers, status);
  const found = await findEngine({ DOCKER_HOST: url });
  expect('tried' in found && found.tried[0]).toMatch(why);
  expect('tried' in found && found.tried[0]).toContain(`${socket} (DOCKER_HOST)`);
});

test.for([
  ['ssh://me@build', /ssh:\/\/me@build \(DOCKER_HOST\): addresses by ssh are not supported/],
  ['docker', /expected unix:\/\/\/path or tcp:\/\/host:port/],
  ['unix:///no/such.sock', /\/no\/such\.sock \(DOCKER_HOST\): it does not exist/],
  ['tcp://127.0.0.1:9', /nobody listens: the engine is not running/],
] as const)('DOCKER_HOST=%s is answered with the reason', async ([DOCKER_HOST, why]) => {
  const found = await findEngine({ DOCKER_HOST });
  expect('tried' in found && found.tried.join()).toMatch(why);
});

test('the context in use is followed, and DOCKER_HOST and DOCKER_CONTEXT come first', () => {
  const home = temporaryFolder();
  const folder = path.join(home, '.docker');
  for (const name of ['colima', 'other']) {
    const id = crypto.createHash('sha256').update(name).digest('hex');
    const at = path.join(folder, 'contexts/meta', id);
    fs.mkdirSync(at, { recursive: true });
    fs.writeFileSync(path.join(at, 'meta.json'), JSON.stringify({ Endpoints: { docker: { Host: `unix:///${name}.sock` } } }));
  }
  fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ currentContext: 'colima' }));
  const first = (env: NodeJS.ProcessEnv) => engineCandidates({ HOME: home, ...env }).map(({ url }) => url);
  expect(first({})).toEqual(['unix:///colima.sock']);
  expect(first({ DOCKER_CONTEXT: 'other' })).toEqual(['unix:///other.sock']);
  expect(first({ DOCKER_CONTEXT: 'default', XDG_RUNTIME_DIR: '/r' })).toContain('unix:///r/podman/podman.sock');
  expect(first({ DOCKER_HOST: 'tcp://far:2375' })).toEqual(['tcp://far:2375']);
});

test('a context that does not exist is an error, not another engine', async () => {
  const found = await findEngine({ HOME: temporaryFolder(), DOCKER_CONTEXT: 'gone' });
  expect('tried' in found && found.tried).toEqual([
    'nothing (the Docker context gone): that context does not exist, or names no address',
  ]);
});
