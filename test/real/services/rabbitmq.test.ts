import { describe, expect, it } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { rabbitmq } from '../../../src/services/rabbitmq/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';
import { openAmqp, queueOf, rabbitmqSubject } from '../../helpers/rabbitmq-subject.ts';

const service = rabbitmq.configure(
  toRequest({
    options: {
      user: 'ann',
      password: 'p@ss "w\'ord',
      vhost: '/',
      plugins: ['rabbitmq_consistent_hash_exchange'],
      settings: { channel_max: 17 },
    },
  }),
);
const found = await findSpec(nativeDriver, service);

if ('why' in found) {
  describe('RabbitMQ, native', () => it('cannot run here', ({ skip }) => skip(found.why)));
} else {
  const subject = rabbitmqSubject(service, () => launchService(nativeDriver, service, found.spec, { readyTimeoutMs: 110_000 }));
  describeService('RabbitMQ, native', subject, (server) => {
    it('asks for the password, and has the plug-ins and settings that were asked for', async () => {
      const { url } = service.fields(server().endpoint);
      await expect(openAmqp({ url: url.replace('ann', 'guest') })).rejects.toThrow(/ACCESS.REFUSED/);
      await using app = await openAmqp({ url });
      await app.channel.assertExchange('hashed', 'x-consistent-hash');
      const last = async () => {
        for (let count = 0; count < 18; count++) await app.connection.createChannel();
      };
      await expect(last()).rejects.toThrow(/channel/i);
    });

    it('serves runs at an address that is given, and refuses workers there', async () => {
      const { endpoint } = server();
      const external = rabbitmq.configure(toRequest({ url: service.fields(endpoint).url }));
      await external.ready(endpoint, { nonce: undefined, pid: undefined, signal: AbortSignal.timeout(5_000) });
      if (external.lease.kind !== 'database') throw new Error('a lease is a part of the server');
      await using book = await external.lease.open(endpoint);
      const fields = await book.create('one1', 'run');
      await using app = await openAmqp(fields);
      await app.channel.assertQueue('theirs');
      await book.drop('one1');
      expect(await queueOf(app, 'theirs')).toBeDefined();
      await expect(book.create('two2', 'worker')).rejects.toThrow(/can't be divided among workers/);
    });
  });
}
