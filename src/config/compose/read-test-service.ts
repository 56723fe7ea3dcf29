import fs from 'node:fs';
import path from 'node:path';
import type { Origin } from '../../core/config.ts';
import type { Registry } from '../../core/registry.ts';
import { redact } from '../../errors.ts';
import type { ComposeFile, RawService } from './compose-file.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { readEnvironment } from './read-environment.ts';
import { type Mount, readMounts } from './read-mounts.ts';
import { rewriteAddresses, type Target } from './rewrite-addresses.ts';
import { withoutWait } from './test-command.ts';
import { testCommandOf } from './test-command-of.ts';

/** Variables that say where things lie in an image. */
const CONTAINER_ONLY = [
  'PATH',
  'HOME',
  'USER',
  'HOSTNAME',
  'VIRTUAL_ENV',
  'PYTHONHOME',
  'JAVA_HOME',
  'LD_LIBRARY_PATH',
  'NODE_PATH',
  'TMPDIR',
];

/** A compose service that is the test command. */
export interface ComposeTest {
  readonly command: readonly string[];
  readonly cwd: string;
  /** Its environment, addresses of services as templates. */
  readonly env: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

interface Context {
  readonly compose: ComposeFile;
  readonly targets: readonly Target[];
  readonly registry: Registry;
  readonly env: NodeJS.ProcessEnv;
}

export function readTestService(service: RawService, { compose, targets, registry, env }: Context): ComposeTest {
  const origin = `${compose.document.label} (service ${service.name})`;
  const environment = readEnvironment(service, compose, env);
  for (const file of environment.missingFiles)
    compose.notes.push({ kind: 'ignored', text: `${service.name}: env_file ${file} is not there`, origin });
  const mounts = readMounts(service, compose);
  const { env: rewritten, foreign } = rewriteAddresses(outsideOf(environment.values, mounts), targets, registry);
  const left = CONTAINER_ONLY.filter((name) => name in environment.values);
  if (left.length > 0)
    compose.notes.push({ kind: 'ignored', text: `${service.name}: ${left.join(', ')} would fit its container only`, origin });
  for (const { name, value } of foreign)
    compose.notes.push({
      kind: 'unused',
      text: `${name}=${redact(value)} names a server that is not in the file: seen and not used`,
      origin,
    });
  const context = readDockerfile(service, compose)?.context ?? compose.folder;
  const command = withoutWait(testCommandOf(service, compose) ?? []).map((word) => toLocal(word, mounts) ?? word);
  const host = targets
    .flatMap(({ hosts }) => hosts)
    .find((name) => command.some((word) => new RegExp(`(^|[@/\\s])${escapePattern(name)}:\\d`).test(word)));
  if (host !== undefined)
    compose.notes.push({
      kind: 'warning',
      text: `${service.name}: its command names ${host} itself, which exists only in compose's network`,
      origin,
    });
  compose.notes.push({ kind: 'inferred', text: `the test command is that of ${service.name}: ${command.join(' ')}`, origin });
  return { command, cwd: workingFolder(service, mounts, context), env: rewritten, origin };
}

/** The environment with paths of mounted folders as they are on this machine. */
function outsideOf(values: Readonly<Record<string, string>>, mounts: readonly Mount[]): Readonly<Record<string, string>> {
  const entries = Object.entries(values).filter(([name]) => !CONTAINER_ONLY.includes(name));
  const outside = (value: string) =>
    value
      .split(':')
      .map((part) => toLocal(part, mounts) ?? part)
      .join(':');
  return Object.fromEntries(entries.map(([name, value]) => [name, value.startsWith('/') ? outside(value) : value]));
}

/** Where `working_dir` lies on this machine by a mount, else the build context. */
function workingFolder(service: RawService, mounts: readonly Mount[], context: string): string {
  const inside = service.keys.working_dir;
  const local = typeof inside === 'string' ? toLocal(inside, mounts) : undefined;
  return local !== undefined && fs.existsSync(local) ? local : context;
}

function toLocal(word: string, mounts: readonly Mount[]): string | undefined {
  for (const { source, target } of mounts) {
    if (source === undefined) continue;
    if (word === target) return source;
    if (word.startsWith(`${target.replace(/\/$/, '')}/`)) return path.join(source, word.slice(target.replace(/\/$/, '').length));
  }
  return undefined;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
