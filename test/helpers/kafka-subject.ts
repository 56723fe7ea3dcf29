import { Kafka, logLevel } from 'kafkajs';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function kafkaSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKERS', 'SPRING_KAFKA_BOOTSTRAP_SERVERS'],
    write: async (fields, key) => {
      const admin = kafkaOf(fields).admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: key }] }).finally(() => admin.disconnect());
    },
    has: async (fields, key) => {
      const admin = kafkaOf(fields).admin();
      await admin.connect();
      return (await admin.listTopics().finally(() => admin.disconnect())).includes(key);
    },
  };
}

/** A client of the ecosystem. */
export function kafkaOf({ bootstrapServers = '' }: Partial<ConnectionFields>): Kafka {
  return new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } });
}
