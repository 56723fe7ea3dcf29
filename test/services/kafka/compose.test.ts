import { expect, test } from 'vitest';
import type { ComposeService } from '../../../src/core/service.ts';
import { fromCompose } from '../../../src/services/kafka/compose.ts';

const service = (given: Partial<ComposeService>): ComposeService => ({
  name: 'kafka',
  tag: '4.1.0',
  environment: {},
  command: [],
  mounts: [],
  ...given,
});

test.each([
  ['Apache', 'KAFKA_'],
  ['Bitnami', 'KAFKA_CFG_'],
])('takes the settings of the image of %s, and leaves out what makes it one of many', (_, prefix) => {
  const environment = {
    [`${prefix}NODE_ID`]: '1',
    [`${prefix}PROCESS_ROLES`]: 'broker,controller',
    [`${prefix}LISTENERS`]: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    [`${prefix}ADVERTISED_LISTENERS`]: 'PLAINTEXT://kafka:9092',
    [`${prefix}CONTROLLER_QUORUM_VOTERS`]: '1@kafka:9093',
    [`${prefix}LISTENER_SECURITY_PROTOCOL_MAP`]: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    [`${prefix}OFFSETS_TOPIC_REPLICATION_FACTOR`]: '3',
    [`${prefix}AUTO_CREATE_TOPICS_ENABLE`]: 'false',
    [`${prefix}NUM_PARTITIONS`]: '3',
    KAFKA_HEAP_OPTS: '-Xmx1g',
    CLUSTER_ID: 'abc',
  };
  expect(fromCompose(service({ environment }))).toEqual({
    options: { settings: { 'auto.create.topics.enable': 'false', 'num.partitions': '3' } },
    init: [],
    notes: [],
  });
});

test('takes the topics that an image makes, and says what is not honoured', () => {
  const environment = {
    KAFKA_CREATE_TOPICS: 'orders:3:1,payments:1:1:compact',
    KAFKA_SASL_ENABLED_MECHANISMS: 'PLAIN',
    KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181',
  };
  const mounts = [{ source: undefined, target: '/var/lib/kafka/data' }];
  expect(fromCompose(service({ environment, mounts, tag: '7.6.0' }))).toEqual({
    options: { topics: { orders: 3, payments: 1 } },
    init: [],
    notes: [
      'KAFKA_SASL_ENABLED_MECHANISMS is not honoured: clients connect without TLS and SASL',
      'the mount at /var/lib/kafka/data is not used: each run gets fresh data',
      '7.6.0 is a version of Confluent Platform: what runs is Apache Kafka',
    ],
  });
});
