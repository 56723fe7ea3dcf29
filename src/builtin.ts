import type { Driver, DriverName } from './core/driver.ts';
import type { DriverConfig, Registry, ServiceEntry } from './core/registry.ts';
import { awsSigns } from './services/aws/signs.ts';
import { etcdSigns } from './services/etcd/signs.ts';
import { kafkaSigns } from './services/kafka/signs.ts';
import { mariadbSigns, mysqlSigns } from './services/mariadb/signs.ts';
import { memcachedSigns } from './services/memcached/signs.ts';
import { natsSigns } from './services/nats/signs.ts';
import { postgresSigns } from './services/postgres/signs.ts';
import { rabbitmqSigns } from './services/rabbitmq/signs.ts';
import { redisSigns } from './services/redis/signs.ts';
import { smtpSigns } from './services/smtp/signs.ts';

/** The one list of built-in services: a new kind is a folder and one line here. Definitions load when first needed. */
const services: Readonly<Record<string, ServiceEntry>> = {
  postgres: {
    images: ['postgres', 'bitnami/postgresql'],
    signs: postgresSigns,
    load: async () => (await import('./services/postgres/index.ts')).postgres,
  },
  mariadb: {
    images: ['mariadb', 'bitnami/mariadb'],
    family: 'mysql',
    signs: mariadbSigns,
    load: async () => (await import('./services/mariadb/index.ts')).mariadb,
  },
  mysql: {
    images: ['mysql', 'mysql/mysql-server', 'bitnami/mysql', 'percona', 'percona/percona-server'],
    family: 'mysql',
    signs: mysqlSigns,
    load: async () => (await import('./services/mariadb/index.ts')).mysql,
  },
  rabbitmq: {
    images: ['rabbitmq', 'bitnami/rabbitmq'],
    signs: rabbitmqSigns,
    load: async () => (await import('./services/rabbitmq/index.ts')).rabbitmq,
  },
  redis: {
    images: ['redis', 'valkey/valkey', 'bitnami/redis', 'bitnami/valkey'],
    signs: redisSigns,
    load: async () => (await import('./services/redis/index.ts')).redis,
  },
  etcd: {
    images: ['coreos/etcd', 'etcd-development/etcd', 'bitnami/etcd'],
    signs: etcdSigns,
    load: async () => (await import('./services/etcd/index.ts')).etcd,
  },
  memcached: {
    images: ['memcached', 'bitnami/memcached'],
    signs: memcachedSigns,
    load: async () => (await import('./services/memcached/index.ts')).memcached,
  },
  nats: {
    images: ['nats', 'bitnami/nats'],
    signs: natsSigns,
    load: async () => (await import('./services/nats/index.ts')).nats,
  },
  kafka: {
    images: [
      'apache/kafka',
      'apache/kafka-native',
      'confluentinc/cp-kafka',
      'confluentinc/confluent-local',
      'bitnami/kafka',
      'wurstmeister/kafka',
    ],
    signs: kafkaSigns,
    load: async () => (await import('./services/kafka/index.ts')).kafka,
  },
  smtp: {
    images: ['mailhog/mailhog', 'axllent/mailpit', 'maildev/maildev', 'schickling/mailcatcher', 'sj26/mailcatcher'],
    signs: smtpSigns,
    load: async () => (await import('./services/smtp/index.ts')).smtp,
  },
  oidc: {
    images: ['navikt/mock-oauth2-server'],
    load: async () => (await import('./services/oidc/index.ts')).oidc,
  },
  aws: {
    images: ['localstack/localstack', 'localstack/localstack-pro', 'motoserver/moto'],
    signs: awsSigns,
    load: async () => (await import('./services/aws/index.ts')).aws,
  },
  container: {
    images: [],
    load: async () => (await import('./services/container/index.ts')).container,
  },
};

const drivers: Readonly<Record<DriverName, (config: DriverConfig) => Promise<Driver>>> = {
  embedded: async ({ artifacts, project }) => {
    const [{ createEmbeddedDriver }, { createFetcher }] = await Promise.all([
      import('./drivers/embedded/index.ts'),
      import('./artifacts/fetcher.ts'),
    ]);
    return createEmbeddedDriver(createFetcher(artifacts, { cwd: project.root }));
  },
  native: async () => (await import('./drivers/native/index.ts')).nativeDriver,
  docker: async () => (await import('./drivers/docker/index.ts')).createDockerDriver(),
  external: async () => (await import('./drivers/external/index.ts')).externalDriver,
};

export const builtin: Registry = {
  services,
  loadDriver: (name, config) => drivers[name](config),
  loadGateways: async () => (await import('./gateway/tcp/host.ts')).createGatewayHost(),
};
