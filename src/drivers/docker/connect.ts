import fs from 'node:fs';
import type { EngineAddress } from '../../core/container.ts';
import { type Candidate, engineCandidates } from './addresses.ts';
import { createClient, type EngineClient, readAll } from './client.ts';

/** An engine that has answered, spoken to in the newest version of its API that both sides know. */
export interface Engine extends EngineClient {
  /** `Docker 28.2.2`, `Podman 5.4`. */
  readonly title: string;
  /** Where the ports that it publishes are reached, and on which of its addresses it publishes them. */
  readonly host: string;
  readonly bindAddress: string;
}

/** What we use is in all of them: Docker 19.03 to 29, Podman 4. */
const OLDEST_API = '1.40';
const NEWEST_API = '1.52';

const PING_TIMEOUT_MS = 3_000;

/** The first engine that answers, or one line for each address that was tried. */
export async function findEngine(env?: NodeJS.ProcessEnv): Promise<Engine | { readonly tried: readonly string[] }> {
  const tried: string[] = [];
  const absent: string[] = [];
  for (const candidate of engineCandidates(env)) {
    const socket = socketOf(candidate);
    if (candidate.from === undefined && socket !== undefined && !fs.existsSync(socket)) {
      absent.push(socket);
      continue;
    }
    try {
      return await connectEngine(candidate);
    } catch (error) {
      tried.push(`${named(candidate)}: ${reasonOf(error as NodeJS.ErrnoException)}`);
    }
  }
  if (absent.length > 0) tried.push(`no socket at ${absent.join(', ')}`);
  return { tried };
}

export async function connectEngine(address: EngineAddress): Promise<Engine> {
  if (!/^(?:unix:\/\/\/|tcp:\/\/.|https?:\/\/.)/.test(address.url)) throw new Error(unusable(address.url));
  const client = createClient(address);
  const response = await client.open('GET', '/_ping', { signal: AbortSignal.timeout(PING_TIMEOUT_MS) });
  const text = await readAll(response);
  if (response.statusCode !== 200) throw new Error(`it answers with status ${response.statusCode}: ${text.trim().slice(0, 200)}`);
  const offered = String(response.headers['api-version'] ?? '');
  if (!/^\d+\.\d+$/.test(offered)) throw new Error('what answers there is no container engine');
  if (olderThan(offered, OLDEST_API))
    throw new Error(`its API ${offered} is too old: ${OLDEST_API} is needed (Docker 19.03 or newer)`);
  const version = olderThan(offered, NEWEST_API) ? offered : NEWEST_API;
  const remote = socketOf(address) === undefined ? new URL(address.url).hostname.replace(/^\[|\]$/g, '') : undefined;
  const local = remote === undefined || ['127.0.0.1', '::1', 'localhost'].includes(remote);
  return {
    address: { url: address.url, certificates: address.certificates },
    title: titleOf(String(response.headers.server ?? '')),
    host: local ? '127.0.0.1' : remote,
    bindAddress: local ? '127.0.0.1' : '0.0.0.0',
    open: (method, at, options) => client.open(method, `/v${version}${at}`, options),
    call: (method, at, options) => client.call(method, `/v${version}${at}`, options),
  };
}

/** `Docker/28.2.2 (linux)`, `Libpod/5.4.0 (linux)`. */
function titleOf(server: string): string {
  const [, name = 'a container engine', version] = /^(\w+)\/([\w.+~-]+)/.exec(server) ?? [];
  return [name === 'Libpod' ? 'Podman' : name, version].filter(Boolean).join(' ');
}

function olderThan(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB);
}

export function socketOf({ url }: EngineAddress): string | undefined {
  return /^unix:\/\/(\/.*)/.exec(url)?.[1];
}

function named({ url, from }: Candidate): string {
  const at = socketOf({ url }) ?? url;
  return from === undefined ? at : `${at || 'nothing'} (${from})`;
}

function unusable(url: string): string {
  if (url === '') return 'that context does not exist, or names no address';
  if (url.startsWith('ssh://')) return 'addresses by ssh are not supported: forward its socket and set DOCKER_HOST=unix:///...';
  return 'expected unix:///path or tcp://host:port';
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${PING_TIMEOUT_MS / 1000} s`;
  if (error.code === 'ENOENT') return 'it does not exist';
  if (error.code === 'ECONNREFUSED') return 'nobody listens: the engine is not running';
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return 'no permission: add this account to the group that owns the socket (docker), or run a rootless engine';
  return error.message;
}
