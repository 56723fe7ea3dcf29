import type { Registry } from '../core/registry.ts';

export interface ImageReference {
  /** Without registry, tag and digest: `postgres`, `bitnami/postgresql`. */
  readonly repository: string;
  /** `latest` when there is none. */
  readonly tag: string;
}

/** `registry.example:5000/library/postgres:16-alpine@sha256:...` is repository `postgres`, tag `16-alpine`. */
export function parseImage(image: string): ImageReference {
  const plain = image.trim().replace(/@.*$/, '');
  const match = /^(.*?)(?::([^:/]+))?$/.exec(plain);
  const parts = (match?.[1] ?? plain).split('/');
  const first = parts[0] ?? '';
  if (parts.length > 1 && (/[.:]/.test(first) || first === 'localhost')) parts.shift();
  if (parts.length > 1 && (parts[0] === 'library' || parts[0] === '_')) parts.shift();
  return { repository: parts.join('/'), tag: match?.[2] ?? 'latest' };
}

/** The kind whose image this is. A mirror's prefix does not hide it: `mirror/dockerhub/postgres` is `postgres`. */
export function kindOfImage(repository: string, registry: Registry): string | undefined {
  const entries = Object.entries(registry.services);
  const exact = entries.find(([, { images }]) => images.includes(repository));
  return (exact ??
    entries.find(([, { images }]) =>
      images.some((image) => repository.endsWith(`/library/${image}`) || repository.endsWith(`/dockerhub/${image}`)),
    ))?.[0];
}

/** The version in a tag: `16-alpine` and `16.4-bookworm` hold one, `latest` and `alpine` hold none. */
export function versionOfTag(tag: string): string | undefined {
  return /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1];
}
