import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const natsSigns: ServiceSigns = {
  defaultName: 'nats',
  schemes: ['nats'],
  npm: [
    'nats',
    'ts-nats',
    '@nats-io/transport-node',
    '@nats-io/nats-core',
    '@nats-io/jetstream',
    '@nats-io/kv',
    '@nats-io/obj',
    '@nats-io/services',
  ],
  pypi: ['nats-py', 'asyncio-nats-client', 'nats-python', 'natsrpy', 'taskiq-nats'],
  maven: ['io.nats:jnats', 'io.nats:nats-spring', 'io.nats:nats-spring-boot-starter', 'io.nats:nats-spring-cloud-stream-binder'],
  go: ['github.com/nats-io/nats.go', 'github.com/ThreeDotsLabs/watermill-nats'],
};
