import type { Json } from '../../core/json.ts';
import type { ComposeReading, ComposeService } from '../../core/service.ts';
import { isReserved } from './options.ts';

/** Variables of the images that are no settings of the broker. */
const OF_THE_IMAGE =
  /^KAFKA_(?:HEAP_OPTS|OPTS|JMX_.*|LOG4J_.*|TOOLS_LOG4J_.*|GC_LOG_OPTS|JVM_PERFORMANCE_OPTS|ENABLE_KRAFT|KRAFT_CLUSTER_ID|CLIENT_.*|VERSION|CREATE_TOPICS|ADVERTISED_HOST_NAME|ADVERTISED_PORT|DEBUG)$/;

/** Reads a compose service on the images of Apache, Confluent (`KAFKA_A_B`), Bitnami (`KAFKA_CFG_A_B`) or Wurstmeister. */
export function fromCompose({ environment, mounts, tag }: ComposeService): ComposeReading {
  const settings: Record<string, string> = {};
  const notes: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (OF_THE_IMAGE.test(name)) continue;
    const setting = /^KAFKA_(?:CFG_)?([A-Z].*)$/.exec(name)?.[1];
    if (setting === undefined) continue;
    const dotted = toSetting(setting);
    if (/sasl|ssl/.test(dotted) || /SASL|SSL/.test(value))
      notes.push(`${name} is not honoured: clients connect without TLS and SASL`);
    else if (!isReserved(dotted) && !/replication\.factor$|min\.isr$|insync\.replicas$/.test(dotted)) settings[dotted] = value;
  }
  const topics = readTopics(environment.KAFKA_CREATE_TOPICS ?? '');
  for (const { target } of mounts)
    notes.push(
      `the mount at ${target} is not used: ${/\.properties$/.test(target) ? 'put what matters under `settings`' : 'each run gets fresh data'}`,
    );
  if (/^[78]\./.test(tag)) notes.push(`${tag} is a version of Confluent Platform: what runs is Apache Kafka`);
  const options: Record<string, Json> = {};
  if (Object.keys(topics).length > 0) options.topics = topics;
  if (Object.keys(settings).length > 0) options.settings = settings;
  return { options, init: [], notes };
}

/** As the images do it: `_` is a dot, `__` a dash, `___` an underscore. */
function toSetting(name: string): string {
  return name.toLowerCase().replace(/_+/g, (run) => (run.length === 1 ? '.' : run.length === 2 ? '-' : '_'));
}

/** `orders:3:1,payments:1:1:compact` */
function readTopics(text: string): Record<string, number> {
  const found = text.split(',').flatMap((word) => {
    const [name = '', partitions = '1'] = word.trim().split(':');
    return name ? [[name, Number(partitions) || 1] as const] : [];
  });
  return Object.fromEntries(found);
}
