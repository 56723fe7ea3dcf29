import fs from 'node:fs';
import path from 'node:path';

/** The folder of the broker's libraries, `rabbit-3.10.8` and others, seen from one of its scripts. */
export function librariesOf(script: string): string {
  return path.join(path.dirname(fs.realpathSync(script)), '..', 'plugins');
}

/** Exact version of the broker whose script this is; undefined when its libraries are not there, or are packed. */
export function brokerVersion(script: string): string | undefined {
  return folders(librariesOf(script)).get('rabbit')?.version;
}

/**
 * The code of these applications and of all that they are built on. The broker's own scripts name every library that was installed, 70 of
 * them, and each of the 900 modules that a start loads is looked for in all: a third of its time.
 */
export function codePath(libraries: string, applications: readonly string[]): readonly string[] {
  const all = folders(libraries);
  const wanted = new Set<string>();
  const add = (name: string) => {
    const found = all.get(name);
    if (!found || wanted.has(found.code)) return;
    wanted.add(found.code);
    const text = fs.readFileSync(path.join(found.code, `${name}.app`), 'utf8');
    for (const needed of /\{applications,\s*\[([^\]]*)\]/.exec(text)?.[1]?.split(',') ?? []) add(needed.trim());
  };
  for (const name of applications) add(name);
  return [...wanted];
}

function folders(libraries: string): ReadonlyMap<string, { readonly code: string; readonly version: string }> {
  try {
    return new Map(
      fs.readdirSync(libraries).flatMap((folder) => {
        const [, name, version] = /^(\w+)-(\d[^/]*)$/.exec(folder) ?? [];
        const code = path.join(libraries, folder, 'ebin');
        return name && version && fs.existsSync(code) ? [[name, { code, version }] as const] : [];
      }),
    );
  } catch {
    return new Map();
  }
}
