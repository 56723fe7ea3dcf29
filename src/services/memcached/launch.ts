import type { ImageSpec } from '../../core/image-spec.ts';
import type { BinarySpec, ProbedVersion } from '../../core/launch-spec.ts';

/**
 * Listing the keys goes through the whole hash table, which has 16 times as many places by default; it grows by itself. With more threads
 * the server refuses so small a one.
 */
function withSmallTable(settings: readonly string[]): readonly string[] {
  if (settings.some((word) => word.startsWith('--threads='))) return settings;
  return ['--threads=2', '--extended=hashpower=12', ...settings];
}

export function memcachedBinary(version: string | undefined, settings: readonly string[]): BinarySpec {
  return {
    kind: 'binary',
    artifact: 'memcached@1',
    version,
    executables: ['memcached'],
    searchFolders: ['/usr/local/bin', '/opt/homebrew/bin', '/usr/sbin'],
    versionProbe: { args: ['-V'], parse: parseVersion },
    refusesRoot: true,
    layers: [],
    command: ({ tools, dataDir, port, addresses }) => ({
      file: tools.bin('memcached'),
      cwd: dataDir,
      args: [`--listen=${addresses.join(',')}`, `--port=${port}`, '--udp-port=0', ...withSmallTable(settings)],
    }),
    stop: { signal: 'SIGKILL', graceMs: 5_000, crashSignal: 'SIGKILL' }, // an orderly stop keeps nothing either, and takes a second
    isPortClash: (log) => /failed to listen on TCP port[^\n]*in use/i.test(log),
  };
}

/** The official image. */
export function memcachedImage(version: string | undefined, settings: readonly string[]): ImageSpec {
  return {
    kind: 'image',
    image: `memcached:${version ?? '1.6'}`,
    version,
    ports: [11211],
    container: () => ({ args: ['memcached', ...withSmallTable(settings)] }),
  };
}

function parseVersion(output: string): ProbedVersion {
  const version = /\bmemcached (\d+\.\d+\.\d+)/.exec(output)?.[1];
  const [major = 0, minor = 0, patch = 0] = (version ?? '').split('.').map(Number);
  if (version && (major < 1 || (major === 1 && (minor < 6 || (minor === 6 && patch < 9)))))
    return { refused: `it is memcached ${version}, which does not list all of its keys: 1.6.9 or later is needed` };
  return version;
}
