export interface Reference {
  /** With the registry, without tag and digest: what the engine's API takes as `fromImage`. */
  readonly name: string;
  /** A tag or a digest. */
  readonly tag: string;
  /** As it stands in Docker's configuration of credentials. */
  readonly registry: string;
}

const DOCKER_HUB = 'https://index.docker.io/v1/';

/** `registry.example:5000/team/db:16` has the tag `16`; `postgres` has `latest` and is on Docker Hub. */
export function parseReference(image: string): Reference {
  const [plain = '', digest] = image.trim().split('@');
  const [, name = plain, tag] = /^(.*?)(?::([^:/]+))?$/.exec(plain) ?? [];
  const [first = '', ...rest] = name.split('/');
  const registry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : DOCKER_HUB;
  return { name, tag: digest ?? tag ?? 'latest', registry };
}
