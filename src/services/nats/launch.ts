import fs from 'node:fs/promises';
import path from 'node:path';
import type { ImageSpec } from '../../core/image-spec.ts';
import type { BinarySpec } from '../../core/launch-spec.ts';
import { toConfigFile } from './config-file.ts';
import type { NatsSettings } from './options.ts';

const CONFIG_FILE = 'nats-server.conf';

export function natsBinary(version: string | undefined, settings: NatsSettings): BinarySpec {
  const hasConfig = Object.keys(settings.settings).length > 0;
  return {
    kind: 'binary',
    artifact: 'nats@2',
    version,
    executables: ['nats-server'],
    searchFolders: ['/usr/local/bin', '/opt/homebrew/bin', '/usr/sbin'],
    versionProbe: { args: ['--version'], parse: (output) => /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1] },
    refusesRoot: false,
    layers: hasConfig
      ? [
          {
            kind: 'offline',
            title: 'settings',
            key: { settings: settings.settings },
            build: ({ dataDir }) => fs.writeFile(path.join(dataDir, CONFIG_FILE), toConfigFile(settings.settings)),
          },
        ]
      : [],
    command: ({ tools, dataDir, port, addresses, nonce }) => ({
      file: tools.bin('nats-server'),
      cwd: dataDir,
      // It listens on one address only.
      addresses: addresses.slice(0, 1),
      args: [
        ...(hasConfig ? ['--config', path.join(dataDir, CONFIG_FILE)] : []),
        ...['--addr', addresses[0] as string, '--port', String(port)],
        ...serverArguments(settings, nonce, dataDir),
      ],
    }),
    stop: { signal: 'SIGTERM', graceMs: 5_000, crashSignal: 'SIGKILL' },
    isPortClash: (log) => /Error listening on port[^\n]*address already in use/i.test(log),
  };
}

/** The official image. */
export function natsImage(version: string | undefined, settings: NatsSettings): ImageSpec {
  const file = '/etc/nats/seatrial.conf';
  const hasConfig = Object.keys(settings.settings).length > 0;
  return {
    kind: 'image',
    image: `nats:${version ?? '2'}`,
    version,
    ports: [4222],
    container: ({ nonce }) => ({
      args: [...(hasConfig ? ['--config', file] : []), ...serverArguments(settings, nonce, '/data')],
      tmpfs: ['/data'],
      files: hasConfig ? [{ path: file, content: toConfigFile(settings.settings) }] : [],
    }),
  };
}

/** The name is how readiness knows its own server. */
function serverArguments({ user, password, token, jetstream }: NatsSettings, name: string, storeDir: string): readonly string[] {
  return [
    ...['--name', name],
    ...(jetstream ? ['--jetstream', '--store_dir', storeDir] : []),
    ...(user !== undefined && password !== undefined ? ['--user', user, '--pass', password] : []),
    ...(token === undefined ? [] : ['--auth', token]),
  ];
}
