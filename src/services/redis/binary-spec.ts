import type { BinarySpec } from '../../core/launch-spec.ts';
import { splitWords } from '../../util/words.ts';
import type { RedisSettings } from './options.ts';
import { allDatabases, appDatabases } from './reset/hidden-databases.ts';

/**
 * How to start a server that keeps nothing. Two builds speak the protocol: Redis itself or Valkey under its name, which is what the embedded
 * driver has and stands in for any Redis version (a deviation says so); and a Valkey of the machine, which has versions of its own.
 */
export function redisBinaries(asked: string | undefined, settings: RedisSettings): readonly BinarySpec[] {
  return [
    { ...common(settings, 'redis-server'), version: asked },
    { ...common(settings, 'valkey-server'), version: undefined },
  ];
}

function common(settings: RedisSettings, server: string): Omit<BinarySpec, 'version'> {
  return {
    kind: 'binary',
    artifact: 'valkey@9',
    executables: [server],
    searchFolders: ['/usr/local/bin', '/opt/homebrew/bin', '/usr/sbin'],
    versionProbe: { args: ['--version'], parse: (output) => /\bv=(\d+(?:\.\d+)*)/.exec(output)?.[1] },
    refusesRoot: true,
    layers: [],
    command: ({ tools, dataDir, port, addresses }) => ({
      file: tools.bin(server),
      cwd: dataDir,
      args: [
        ...toArguments('port', String(port)),
        ...['--bind', ...addresses],
        ...toArguments('dir', dataDir),
        ...serverArguments(settings),
      ],
    }),
    stop: { signal: 'SIGTERM', graceMs: 5_000, crashSignal: 'SIGKILL' },
    isPortClash: (log) => /Address already in use|Failed listening on port/i.test(log),
  };
}

/** The settings of a server that keeps nothing, wherever it listens. */
export function serverArguments({ password, settings }: RedisSettings): readonly string[] {
  return [
    ...toArguments('save', ''),
    ...toArguments('appendonly', 'no'),
    ...toArguments('daemonize', 'no'),
    ...toArguments('protected-mode', 'no'),
    ...(password === undefined ? [] : toArguments('requirepass', password)),
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...toWords(value)]),
    ...toArguments('databases', String(allDatabases(appDatabases(settings)))), // the last one given counts
  ];
}

function toArguments(name: string, value: string): readonly string[] {
  return [`--${name}`, value];
}

/** `save: "900 1"` is two values for the server, as in redis.conf. */
function toWords(value: string): readonly string[] {
  const parts = splitWords(value);
  return parts.length === 0 ? [''] : parts;
}
