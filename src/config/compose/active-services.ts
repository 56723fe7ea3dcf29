import { isObject } from '../check-shape.ts';
import type { ComposeFile } from './compose-file.ts';
import { testCommandOf } from './test-command-of.ts';

/**
 * Services without a profile or with an active one (`COMPOSE_PROFILES`), the test service whatever its profile, and all that those
 * depend on; in the order of the file. Others are noted.
 */
export function activeServices(compose: ComposeFile, env: NodeJS.ProcessEnv): readonly string[] {
  const profiles = new Set((env.COMPOSE_PROFILES ?? '').split(',').filter((profile) => profile !== ''));
  const wanted = new Set<string>();
  const want = (name: string) => {
    if (wanted.has(name) || !compose.names.includes(name)) return;
    wanted.add(name);
    for (const other of dependsOn(compose.raw(name).depends_on)) want(other);
  };
  const isActive = (name: string) => {
    const own = [compose.raw(name).profiles ?? []].flat().map(String);
    return own.length === 0 || profiles.has('*') || own.some((profile) => profiles.has(profile));
  };
  for (const name of compose.names) if (isActive(name) || testCommandOf({ name, keys: compose.raw(name) }, compose)) want(name);
  for (const name of compose.names.filter((each) => !wanted.has(each))) {
    const list = [compose.raw(name).profiles ?? []].flat().join(', ');
    const origin = `${compose.document.label} (service ${name})`;
    compose.notes.push({ kind: 'ignored', text: `${name}: its profile (${list}) is not in COMPOSE_PROFILES`, origin });
  }
  return compose.names.filter((name) => wanted.has(name));
}

function dependsOn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return isObject(value) ? Object.keys(value) : [];
}
