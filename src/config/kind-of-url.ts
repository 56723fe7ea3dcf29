import type { Registry } from '../core/registry.ts';

/** The kind that a URL's scheme means: `postgresql+asyncpg://` is `postgres`. */
export function kindOfUrl(url: string, registry: Registry): string | undefined {
  const scheme = /^(?:jdbc:)?([a-z][a-z0-9]*)(?:\+[a-z0-9_]+)?:\/\//i.exec(url.trim())?.[1]?.toLowerCase();
  if (!scheme) return undefined;
  return Object.entries(registry.services).find(([, { signs }]) => signs?.schemes.includes(scheme))?.[0];
}
