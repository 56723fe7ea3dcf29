/** Everything that one node needs, and what makes it small and quick: threads and partitions for one project, not for a company. */
const SMALL: Readonly<Record<string, string>> = {
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.enable': 'false',
  'log.index.size.max.bytes': '1048576',
  'num.network.threads': '1',
  'num.io.threads': '2',
  'background.threads': '1',
  'metric.reporters': '', // a tenth of a start goes into JMX, which nobody reads here
  'num.replica.alter.log.dirs.threads': '1',
};

export interface NodeAddresses {
  /** What clients reach: name of the listener, where it listens, and what it tells clients. */
  readonly listeners: readonly { readonly name: string; readonly bind: string; readonly advertised: string }[];
  readonly controllerPort: number;
  readonly logDir: string;
  readonly nonce: string;
}

/** Broker and controller in one node. The rack is how readiness knows its own server: clients are told it, and one node has no use for it. */
export function serverProperties(
  { listeners, controllerPort, logDir, nonce }: NodeAddresses,
  settings: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const controller = `127.0.0.1:${controllerPort}`;
  return {
    ...SMALL,
    ...settings,
    'process.roles': 'broker,controller',
    'node.id': '1',
    'broker.rack': nonce,
    'controller.quorum.voters': `1@${controller}`,
    listeners: [...listeners.map(({ name, bind }) => `${name}://${bind}`), `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': listeners.map(({ name, advertised }) => `${name}://${advertised}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': listeners[0]?.name ?? '',
    'listener.security.protocol.map': ['CONTROLLER', ...listeners.map(({ name }) => name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'log.dirs': logDir,
  };
}
