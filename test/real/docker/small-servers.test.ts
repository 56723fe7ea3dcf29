import { describe, expect, it } from 'vitest';
import type { ConfiguredService } from '../../../src/core/service.ts';
import { createDockerDriver } from '../../../src/drivers/docker/index.ts';
import { etcd } from '../../../src/services/etcd/index.ts';
import { memcached } from '../../../src/services/memcached/index.ts';
import { nats } from '../../../src/services/nats/index.ts';
import type { ConformanceServer, ConformanceSubject } from '../../../src/testing/service-conformance.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { etcdSubject } from '../../helpers/etcd-subject.ts';
import { launchInContainer } from '../../helpers/launch-container.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { makeStandIn, type StandIn } from '../../helpers/machine-stand-in.ts';
import { memcachedSubject } from '../../helpers/memcached-subject.ts';
import { natsSubject, withNats } from '../../helpers/nats-subject.ts';

interface Case {
  readonly configured: ConfiguredService;
  readonly standIn: StandIn;
  subject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject;
  /** What of the settings can be seen from outside. */
  check?(service: ConfiguredService, server: ConformanceServer): Promise<void>;
}

const driver = createDockerDriver();
const cases: readonly Case[] = [
  {
    configured: nats.configure(toRequest({ options: { token: 'secret', settings: { max_payload: '64KB' } } })),
    standIn: {
      image: 'seatrial-stand-in-nats:2',
      server: '/usr/sbin/nats-server',
      at: '/nats-server',
      dockerfile: 'EXPOSE 4222 8222 6222\nENTRYPOINT ["/nats-server"]\nCMD ["--config", "nats-server.conf"]',
    },
    subject: natsSubject,
    check: async (service, { endpoint }) =>
      expect(await withNats(service.fields(endpoint), async ({ info }) => info?.max_payload)).toBe(64 * 1024),
  },
  {
    configured: memcached.configure(toRequest({ options: { settings: { 'memory-limit': 32 } } })),
    standIn: {
      image: 'seatrial-stand-in-memcached:1.6',
      server: '/usr/bin/memcached',
      at: '/usr/local/bin/memcached',
      dockerfile: 'EXPOSE 11211\nUSER nobody\nCMD ["memcached"]',
    },
    subject: memcachedSubject,
  },
  {
    configured: etcd.configure(toRequest()),
    standIn: {
      image: 'seatrial-stand-in-etcd:v3.4.23',
      server: '/usr/bin/etcd',
      at: '/usr/local/bin/etcd',
      dockerfile: 'EXPOSE 2379 2380\nCMD ["/usr/local/bin/etcd"]',
    },
    subject: etcdSubject,
  },
];

for (const { configured, standIn, subject, check } of cases) {
  const title = `${configured.title}, docker`;
  const missing = await makeStandIn(standIn);
  if (missing) {
    describe(title, () => it('cannot run here', ({ skip }) => skip(missing)));
    continue;
  }
  const launch = configured.launch.map((spec) => (spec.kind === 'image' ? { ...spec, image: standIn.image } : spec));
  const service = { ...configured, launch };
  describeService(
    title,
    subject(service, () => launchInContainer(driver, service)),
    (server) => {
      it('has the settings that were asked for', async () => check?.(service, server()));
    },
  );
}
