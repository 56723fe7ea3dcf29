import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';
import { redisCommand, redisSubject } from '../../helpers/redis-subject.ts';

const embedded = createEmbeddedDriver(createFetcher({}));
const options = { password: 'a b"c', settings: { maxmemory: '20mb', 'maxmemory-policy': 'allkeys-lru' } };

for (const driver of [embedded, nativeDriver]) {
  const service = redis.configure(toRequest({ options }));
  const title = `Redis, ${driver.name}`;
  const found = await findSpec(driver, service);
  if ('why' in found) {
    describe(title, () => it('cannot run here', ({ skip }) => skip(found.why)));
    continue;
  }
  const subject = redisSubject(service, () => launchService(driver, service, found.spec));
  describeService(title, subject, (server) => {
    it('asks for the password, and has the settings that were asked for', async () => {
      const fields = service.fields(server().endpoint);
      const open = { url: fields.url.replace(/\/\/.*@/, '//') };
      await expect(redisCommand(open, 'PING')).rejects.toThrow(/NOAUTH/);
      expect(await redisCommand(fields, 'CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-lru']);
      expect(await redisCommand(fields, 'CONFIG', 'GET', 'save')).toEqual(['save', '']);
    });
  });
}
