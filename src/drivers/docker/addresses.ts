import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EngineAddress } from '../../core/container.ts';
import { readDockerConfig } from './docker-config.ts';

export interface Candidate extends EngineAddress {
  /** Who names it: `DOCKER_HOST`, `the context colima`; undefined = a usual place. */
  readonly from: string | undefined;
}

/**
 * Where an engine may answer, in the order of Docker's own client: DOCKER_HOST, the context that is in use; where neither is set, the places
 * in which Docker, its rootless and desktop kinds, and Podman listen. What is named is the only one that is tried.
 */
export function engineCandidates(env: NodeJS.ProcessEnv = process.env): readonly Candidate[] {
  const certificates = env.DOCKER_TLS_VERIFY || env.DOCKER_CERT_PATH ? (env.DOCKER_CERT_PATH ?? dockerFolder(env)) : undefined;
  if (env.DOCKER_HOST) return [{ url: env.DOCKER_HOST, from: 'DOCKER_HOST', certificates }];
  const context = env.DOCKER_CONTEXT || readDockerConfig(dockerFolder(env)).currentContext;
  if (context && context !== 'default') return [contextAddress(context, dockerFolder(env))];
  if (env.CONTAINER_HOST) return [{ url: env.CONTAINER_HOST, from: 'CONTAINER_HOST' }];
  return usualSockets(env).map((socket) => ({ url: `unix://${socket}`, from: undefined }));
}

export function dockerFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.DOCKER_CONFIG || path.join(env.HOME || os.homedir(), '.docker');
}

function usualSockets(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env.HOME || os.homedir();
  const runtime = env.XDG_RUNTIME_DIR || (process.getuid ? `/run/user/${process.getuid()}` : undefined);
  return [
    '/var/run/docker.sock',
    ...(runtime ? [`${runtime}/docker.sock`] : []),
    ...['.docker/run/docker.sock', '.colima/default/docker.sock', '.orbstack/run/docker.sock', '.rd/docker.sock'].map((at) =>
      path.join(home, at),
    ),
    ...(runtime ? [`${runtime}/podman/podman.sock`] : []),
    '/run/podman/podman.sock',
  ];
}

/** A context lies in a folder that is named by the SHA-256 of its name. */
function contextAddress(name: string, folder: string): Candidate {
  const from = `the Docker context ${name}`;
  const id = crypto.createHash('sha256').update(name).digest('hex');
  const tls = path.join(folder, 'contexts', 'tls', id, 'docker');
  try {
    const meta = JSON.parse(fs.readFileSync(path.join(folder, 'contexts', 'meta', id, 'meta.json'), 'utf8'));
    const url = String(meta.Endpoints?.docker?.Host ?? '');
    return { url, from, certificates: fs.existsSync(tls) ? tls : undefined };
  } catch {
    return { url: '', from };
  }
}
