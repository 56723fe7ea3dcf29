export interface Reference {
  /** With the registry, without tag and digest: what the engine's API takes as `fromImage`. */
  readonly name: string;
  /** A tag or a digest. */
  readonly tag: string;
  /** As it stands in Docker's configuration of credentials; undefined = the engine's default one. */
  readonly registry: string | undefined;
}

/** `registry.example:5000/team/db:16` has the tag `16`; `postgres` has `latest` and is in the engine's default registry. */
export function parseReference(image: string): Reference {
  const [plain = '', digest] = image.trim().split('@');
  const [, name = plain, tag] = /^(.*?)(?::([^:/]+))?$/.exec(plain) ?? [];
  const [first = '', ...rest] = name.split('/');
  const registry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
  return { name, tag: digest ?? tag ?? 'latest', registry };
}
