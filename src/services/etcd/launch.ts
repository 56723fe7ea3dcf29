import path from 'node:path';
import type { ImageSpec } from '../../core/image-spec.ts';
import type { BinarySpec, ProbedVersion } from '../../core/launch-spec.ts';
import { MOST_OPERATIONS } from './state.ts';

/** Of the image: its repository has tags of exact versions only. */
const LAST_PATCHES: Readonly<Record<string, string>> = { '3': '3.5.21', '3.4': '3.4.36', '3.5': '3.5.21' };

export function etcdBinary(version: string | undefined, settings: readonly string[]): BinarySpec {
  return {
    kind: 'binary',
    artifact: 'etcd@3',
    version,
    executables: ['etcd'],
    searchFolders: ['/usr/local/bin', '/opt/homebrew/bin', '/usr/sbin'],
    versionProbe: { args: ['--version'], parse: parseVersion },
    refusesRoot: false,
    layers: [],
    command: ({ tools, dataDir, port, addresses, nonce }) => {
      const urls = addresses.map((host) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`);
      return {
        file: tools.bin('etcd'),
        cwd: dataDir,
        args: [
          ...serverArguments(nonce, path.join(dataDir, 'etcd'), urls.join(','), urls.join(',')),
          '--unsafe-no-fsync',
          ...settings,
        ],
      };
    },
    stop: { signal: 'SIGTERM', graceMs: 5_000, crashSignal: 'SIGKILL' },
    isPortClash: (log) => /listen tcp [^\n]*address already in use/i.test(log),
  };
}

/** The image of the project, where a mirror has it; its own registry is named by `image:`. */
export function etcdImage(version: string | undefined, settings: readonly string[]): ImageSpec {
  const exact = LAST_PATCHES[version ?? '3'] ?? version;
  return {
    kind: 'image',
    image: `coreos/etcd:v${exact}`,
    version,
    ports: [2379],
    container: ({ nonce, host, published }) => ({
      args: [
        '/usr/local/bin/etcd',
        ...serverArguments(nonce, '/etcd-data/etcd', 'http://0.0.0.0:2379', `http://${host}:${published[2379]}`),
        ...settings,
      ],
      tmpfs: ['/etcd-data'],
    }),
  };
}

/** One member, which has nobody to talk to: any port for peers will do, and it need not wait before it elects itself. Its name is the nonce. */
function serverArguments(name: string, dataDir: string, listen: string, advertise: string): readonly string[] {
  const peers = 'http://127.0.0.1:0';
  return [
    ...[`--name=${name}`, `--data-dir=${dataDir}`],
    ...[`--listen-client-urls=${listen}`, `--advertise-client-urls=${advertise}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=${name}=${peers}`],
    ...['--heartbeat-interval=2', '--election-timeout=20', `--max-txn-ops=${MOST_OPERATIONS}`],
    ...['--logger=zap', '--log-level=warn'],
  ];
}

/** `etcd Version: 3.4.23`. */
function parseVersion(output: string): ProbedVersion {
  const version = /etcd Version: (\d+\.\d+\.\d+)/.exec(output)?.[1];
  const [major = 0, minor = 0, patch = 0] = (version ?? '').split('.').map(Number);
  if (version && (major < 3 || (major === 3 && (minor < 4 || (minor === 4 && patch < 20)))))
    return { refused: `it is etcd ${version}: 3.4.20 or later is needed` };
  return version;
}
