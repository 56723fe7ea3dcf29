import { createHash } from 'node:crypto';
import type { ImageSpec } from '../../core/image-spec.ts';
import type { BinarySpec } from '../../core/launch-spec.ts';
import { classDataFlags, classDataLayer } from './class-data.ts';
import { javaArguments } from './java-command.ts';
import { nodeFiles, nodeLayer } from './node-layer.ts';
import type { KafkaSettings } from './options.ts';
import { serverProperties } from './server-properties.ts';
import { topicLayers } from './topic-layers.ts';

const PORT = 9092;

/** One node from jars. */
export function kafkaJars(version: string | undefined, { topics, settings }: KafkaSettings): BinarySpec {
  return {
    kind: 'binary',
    artifact: 'kafka@4',
    version,
    executables: ['kafka.jar'],
    searchFolders: [],
    versionProbe: { args: [], parse: () => undefined },
    refusesRoot: false,
    layers: [classDataLayer, nodeLayer(settings), ...topicLayers(topics)],
    command: ({ tools, dataDir, socketDir, port, addresses, nonce }) => {
      const { file, logDir } = nodeFiles(dataDir);
      const listeners = addresses.map((address, index) => {
        const at = `${address.includes(':') ? `[${address}]` : address}:${port}`;
        return { name: index === 0 ? 'PLAINTEXT' : `PLAINTEXT${index}`, bind: at, advertised: at };
      });
      const properties = serverProperties({ listeners, controllerPort: controllerPort(nonce), logDir, nonce }, settings);
      const extra = classDataFlags(tools);
      return {
        file: tools.bin('java'),
        cwd: dataDir,
        args: javaArguments(tools, { properties, file, temporary: socketDir, extra }),
      };
    },
    stop: { signal: 'SIGTERM', graceMs: 15_000, crashSignal: 'SIGKILL' },
    isPortClash: (log) => /Address already in use/i.test(log),
  };
}

/** The official image. Others are configured in ways of their own: a broker from jars stands in for them. */
export function kafkaImage(
  version: string | undefined,
  image: string | undefined,
  { topics, settings }: KafkaSettings,
): ImageSpec {
  return {
    kind: 'image',
    image: image ?? `apache/kafka:${version ?? '4.3.1'}`,
    version,
    ports: [PORT],
    layers: topicLayers(topics),
    container: ({ host, published, nonce }) => {
      const listeners = [{ name: 'PLAINTEXT', bind: `0.0.0.0:${PORT}`, advertised: `${host}:${published[PORT]}` }];
      const properties = serverProperties(
        { listeners, controllerPort: 9093, logDir: '/tmp/kraft-combined-logs', nonce },
        settings,
      );
      const env = Object.entries(properties).map(([name, value]) => [`KAFKA_${toVariable(name)}`, value]);
      return { env: Object.fromEntries(env), tmpfs: ['/tmp/kraft-combined-logs'] };
    },
  };
}

/** As the image reads it: `a.b-c` is A_B__C, and `a_b` is A___B. */
function toVariable(name: string): string {
  return name.replace(/_/g, '___').replace(/-/g, '__').replace(/\./g, '_').toUpperCase();
}

/**
 * Below the ports that systems give out by themselves. Another one for each start: who has it makes a start fail, which is tried again.
 */
function controllerPort(nonce: string): number {
  return 20_000 + (createHash('sha256').update(nonce).digest().readUInt16BE(0) % 12_000);
}
