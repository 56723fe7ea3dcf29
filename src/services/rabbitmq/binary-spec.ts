import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { BinaryRun, BinarySpec, OfflineLayer, OnlineLayer, ProbedVersion, ProcessSpec } from '../../core/launch-spec.ts';
import { runtimeFile } from '../../util/package-files.ts';
import { brokerVersion, codePath, librariesOf } from './code-path.ts';
import { conf, type RabbitmqSettings } from './options.ts';
import { instanceProperty } from './ready.ts';

const SCRIPT = 'rabbitmq-env'; // stands beside the others, and does nothing when it is run; the wrappers on PATH change the user
/** A name that is never looked up: the node listens to no other, and data belong to it. */
const NODE = 'rabbit@localhost';
const CONTROL_MODULE = 'seatrial_control';

/** A broker of this machine, run by its Erlang without the scripts around it: they start a daemon that outlives it, epmd. */
export function rabbitmqBinary(
  asked: string | undefined,
  settings: RabbitmqSettings,
  layers: readonly OnlineLayer[],
): BinarySpec {
  return {
    kind: 'binary',
    artifact: 'rabbitmq@3',
    version: asked,
    executables: [SCRIPT, 'rabbitmq-server'],
    searchFolders: [
      '/usr/lib/rabbitmq/bin',
      '/opt/rabbitmq/sbin',
      '/opt/homebrew/opt/rabbitmq/sbin',
      '/usr/local/opt/rabbitmq/sbin',
    ],
    versionProbe: { args: [], parse: (_output, script = '') => checkVersion(brokerVersion(script)) },
    refusesRoot: true,
    layers: [filesLayer(settings), ...layers],
    command: (run) => command(run, settings),
    stop: { signal: 'SIGTERM', graceMs: 10_000, crashSignal: 'SIGKILL' },
    isPortClash: (log) => /eaddrinuse/.test(log),
  };
}

/** What runs inside the broker calls functions of these versions. */
function checkVersion(version: string | undefined): ProbedVersion {
  if (version === undefined || /^3\.(?:9|1[0-2])\./.test(version)) return version;
  return { refused: `it is RabbitMQ ${version}; 3.9 to 3.12 can be run` };
}

/** Our module compiled, and the files that the broker reads. */
function filesLayer(settings: RabbitmqSettings): OfflineLayer {
  const source = runtimeFile(`services/rabbitmq/broker/${CONTROL_MODULE}.erl`);
  const files = {
    'seatrial.config': `[{rabbit, [${Object.entries(brokerSettings(settings))
      .map(([name, term]) => `{${name}, ${term}}`)
      .join(', ')}]}].\n`,
    'rabbitmq.conf': conf(settings),
    enabled_plugins: `[${settings.plugins.join(',')}].\n`,
    inetrc: '{hosts_file, ""}.\n{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file]}.\n',
  };
  return {
    kind: 'offline',
    title: 'the broker’s files',
    key: [files, createHash('sha256').update(fs.readFileSync(source)).digest('hex')],
    async build({ dataDir, exec }) {
      for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(dataDir, name), text);
      fs.mkdirSync(path.join(dataDir, 'no-plugins'));
      await exec('/usr/bin/env', ['erlc', '-o', dataDir, source]);
    },
  };
}

function brokerSettings({ user, password, vhost }: RabbitmqSettings): Readonly<Record<string, string>> {
  return {
    default_user: binary(user),
    default_pass: binary(password),
    default_vhost: binary(vhost),
    loopback_users: '[]',
    disk_free_limit: '1', // a full disk would stop publishers without a word; data lie in memory anyway
  };
}

/** An Erlang binary of this text in UTF-8. */
function binary(text: string): string {
  return `<<${[...Buffer.from(text)].join(',')}>>`;
}

function command(run: BinaryRun, { plugins, settings }: RabbitmqSettings): ProcessSpec {
  const { tools, dataDir, socketDir, port, addresses, nonce } = run;
  const inData = (name: string) => path.join(dataDir, name);
  const libraries = librariesOf(tools.bin(SCRIPT));
  const control = path.join(socketDir, 'c');
  const isSet = Object.keys(settings).length > 0;
  const listeners = addresses.map((host) => `{"${host}",${port}}`).join(',');
  return {
    file: '/usr/bin/env',
    args: [
      'erl',
      '-noinput',
      ...['-boot', 'start_sasl', '-config', inData('seatrial')],
      ...['-pa', dataDir, '-pz', ...codePath(libraries, ['rabbit', ...plugins])],
      ...['-s', CONTROL_MODULE, '-s', 'rabbit', 'boot', '-s', CONTROL_MODULE, 'booted'],
      // A node that talks to no other: it has a name, since its data need one, and listens nowhere.
      ...['-sname', NODE, '-dist_listen', 'false', '-start_epmd', 'false', '-erl_epmd_port', '1', '-setcookie', nonce],
      ...['+S', '2:2', '+SDcpu', '1:1', '+A', '1', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'],
      ...['+W', 'w', '+P', '1048576', '+t', '5000000', '-kernel', 'prevent_overlapping_partitions', 'false'],
      ...['-syslog', 'logger', '[]', '-syslog', 'syslog_error_logger', 'false'],
      ...['-rabbit', 'tcp_listeners', `[${listeners}]`],
      ...['-rabbit', 'server_properties', instanceProperty(nonce)],
    ],
    env: {
      HOME: dataDir,
      ERL_INETRC: inData('inetrc'),
      ERL_MAX_ETS_TABLES: '50000',
      ERL_FLAGS: '-start_epmd false', // for whatever it starts itself
      SEATRIAL_CONTROL: control,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_NODENAME: NODE,
      RABBITMQ_HOME: path.dirname(libraries),
      RABBITMQ_MNESIA_BASE: inData('mnesia'),
      RABBITMQ_MNESIA_DIR: inData('mnesia/db'),
      RABBITMQ_LOG_BASE: dataDir,
      RABBITMQ_LOGS: '-',
      RABBITMQ_PID_FILE: inData('pid'),
      RABBITMQ_GENERATED_CONFIG_DIR: dataDir,
      RABBITMQ_FEATURE_FLAGS_FILE: inData('feature_flags'),
      RABBITMQ_ADVANCED_CONFIG_FILE: inData('none'),
      // Reading rabbitmq.conf costs the parsing of a schema: it is named only where there is something in it.
      RABBITMQ_CONFIG_FILE: inData(isSet ? 'rabbitmq.conf' : 'none'),
      RABBITMQ_CONFIG_FILES: inData('none-*.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: inData('enabled_plugins'),
      RABBITMQ_PLUGINS_DIR: isSet || plugins.length > 0 ? libraries : inData('no-plugins'),
    },
    control,
  };
}
