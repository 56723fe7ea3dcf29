import type { Ecosystem } from '../../core/registry.ts';

/** What a manifest of the project tells. */
export interface Manifest {
  /** Absolute. */
  readonly file: string;
  readonly ecosystem: Ecosystem;
  readonly name: string | undefined;
  readonly dependencies: readonly Dependency[];
}
export interface Dependency {
  /** In Python in lower case, with `-` for `_` and `.`; of the JVM `group:artifact`; of Go the path of the module. */
  readonly name: string;
  /** `redis` in `celery[redis]`. */
  readonly extras: readonly string[];
  /** Declared for the tests alone; only the JVM's manifests say so. */
  readonly forTests?: boolean;
}

/** `celery[redis,sqs]>=5 ; python_version < "3.13"` as in PEP 508; undefined for options, URLs and comments. */
export function parseRequirement(text: string): Dependency | undefined {
  const match = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(?=$|[<>=!~;@#(,\s])/.exec(text);
  if (!match?.[1]) return undefined;
  const extras = (match[2] ?? '').split(',').map((extra) => pypiName(extra.trim()));
  return { name: pypiName(match[1]), extras: extras.filter((extra) => extra !== '') };
}

export function pypiName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** `github.com/jackc/pgx` of `github.com/jackc/pgx/v5`, `gopkg.in/mail` of `gopkg.in/mail.v2`. */
export function withoutMajor(module: string): string {
  return module.replace(/^(gopkg\.in\/.+)\.v\d+$|\/v\d+$/, '$1');
}
