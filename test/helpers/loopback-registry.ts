import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ArtifactEntry } from '../../src/artifacts/lock-entry.ts';
import { platformKey } from '../../src/util/platform/machine.ts';
import { makeTgz, makeZip } from './archives.ts';

/** An npm registry and a Python package index on the loopback, each with one small package that holds a server. */
export interface LoopbackRegistry extends AsyncDisposable {
  readonly url: string;
  /** How many archives were asked for. */
  readonly downloads: number;
  /** From now on archives are promised and not delivered, until `release`. Resolves when the first one is asked for. */
  hold(): Promise<void>;
  release(): void;
  /** Environment that points both clients here, with caches of their own under `folder`. */
  env(folder: string): Record<string, string>;
}

const SCRIPT = '#!/bin/sh\necho "server 1.2.3"\n';
const tgz = makeTgz([
  { name: 'package/package.json', text: JSON.stringify({ name: '@made/server', version: '1.2.3-beta.1' }) },
  { name: 'package/bin/server', text: SCRIPT },
  { name: 'package/lib/libx.so.1', text: 'x'.repeat(100_000) },
  { name: 'package/links.json', text: JSON.stringify([{ source: 'lib/libx.so.1', target: 'lib/libx.so' }]) },
]);
const METADATA = 'Metadata-Version: 2.1\nName: made-server\nVersion: 1.2.3\n';
const wheel = makeZip([
  { name: 'made_server/bin/server', text: SCRIPT },
  { name: 'made_server-1.2.3.dist-info/METADATA', text: METADATA },
  { name: 'made_server-1.2.3.dist-info/WHEEL', text: 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n' },
  { name: 'made_server-1.2.3.dist-info/RECORD', text: '' },
]);

/** As the lock list would name what the registry serves. */
export const npmEntry: ArtifactEntry = {
  key: 'made@1',
  version: '1.2.3',
  carrier: 'npm',
  packageVersion: '1.2.3-beta.1',
  licence: 'MIT',
  standsFor: [],
  platforms: {
    [platformKey()]: {
      package: '@made/server',
      file: 'made-server-1.2.3-beta.1.tgz',
      sha256: sha256(tgz),
      bytes: tgz.length,
      unpackedBytes: 101_000,
      executables: { server: 'bin/server' },
      symlinks: 'links.json',
    },
  },
};
export const pypiEntry: ArtifactEntry = {
  key: 'wheel@1',
  version: '1.2.3',
  carrier: 'pypi',
  packageVersion: '1.2.3',
  licence: 'MIT',
  standsFor: ['7'],
  platforms: {
    [platformKey()]: {
      package: 'made-server',
      file: 'made_server-1.2.3-py3-none-any.whl',
      sha256: sha256(wheel),
      bytes: wheel.length,
      unpackedBytes: 1000,
      executables: { server: 'made_server/bin/server' },
    },
  },
};

export async function startLoopbackRegistry(): Promise<LoopbackRegistry> {
  let downloads = 0;
  let held = false;
  let asked = () => {};
  const waiting: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    const send = (type: string, body: Buffer | string) => response.writeHead(200, { 'content-type': type }).end(body);
    const path = decodeURIComponent(request.url ?? '');
    if (path === '/@made/server') return send('application/json', JSON.stringify(packument(url())));
    if (path === '/simple/made-server/')
      return send('text/html', '<a href="/made_server-1.2.3-py3-none-any.whl">made_server-1.2.3-py3-none-any.whl</a>');
    const archive = path.endsWith('.tgz') ? tgz : path.endsWith('.whl') ? wheel : undefined;
    if (!archive) return response.writeHead(404).end();
    downloads++;
    asked();
    if (held) waiting.push(() => send('application/octet-stream', archive));
    else send('application/octet-stream', archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url(),
    get downloads() {
      return downloads;
    },
    hold() {
      held = true;
      return new Promise((resolve) => {
        asked = resolve;
      });
    },
    release() {
      held = false;
      for (const send of waiting.splice(0)) send();
    },
    env: (folder) => clientEnv(url(), folder),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Points npm and pip at `url` and nothing else, and lets them give up at once. */
export function clientEnv(url: string, folder: string): Record<string, string> {
  return {
    npm_config_registry: `${url}/`,
    npm_config_userconfig: '/dev/null',
    npm_config_cache: `${folder}/npm-cache`,
    npm_config_fetch_retries: '0',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: `${url}/simple`,
    PIP_NO_CACHE_DIR: '1',
    PIP_RETRIES: '0',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}

function packument(url: string): object {
  const integrity = `sha512-${createHash('sha512').update(tgz).digest('base64')}`;
  const dist = { tarball: `${url}/@made/server/-/server-1.2.3-beta.1.tgz`, integrity };
  const version = { name: '@made/server', version: '1.2.3-beta.1', dist };
  return { name: '@made/server', 'dist-tags': { latest: '1.2.3-beta.1' }, versions: { '1.2.3-beta.1': version } };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
