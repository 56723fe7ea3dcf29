/** What decides which server builds run here. */
export interface Machine {
  /** As in the lock list: `linux-x64`, `darwin-arm64`, ... */
  readonly platform: string;
  /** Version of the GNU C library, e.g. `2.36`; undefined elsewhere. */
  readonly glibc: string | undefined;
  readonly musl: boolean;
}

let found: Machine | undefined;

/** Looked up once; costs a few milliseconds on Linux. */
export function machine(): Machine {
  if (found) return found;
  const glibc = process.platform === 'linux' ? glibcVersion() : undefined;
  found = { platform: platformKey(), glibc, musl: process.platform === 'linux' && glibc === undefined };
  return found;
}

export function platformKey(): string {
  return `${process.platform}-${process.arch}`;
}

function glibcVersion(): string | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  report.excludeNetwork = true; // else it may look names up
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime;
}
