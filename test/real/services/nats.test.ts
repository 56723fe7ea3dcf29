import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { nats } from '../../../src/services/nats/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, startConfigured, toRequest } from '../../helpers/launch-service.ts';
import { natsSubject, withNats } from '../../helpers/nats-subject.ts';

const embedded = createEmbeddedDriver(createFetcher({}));
const options = { user: 'app', password: 'a b"c', settings: { max_payload: '64KB', 'jetstream.max_file_store': '50MB' } };

for (const driver of [embedded, nativeDriver]) {
  const service = nats.configure(toRequest({ options }));
  const title = `NATS, ${driver.name}`;
  const found = await findSpec(driver, service);
  if ('why' in found) {
    describe(title, () => it('cannot run here', ({ skip }) => skip(found.why)));
    continue;
  }
  const subject = natsSubject(service, () => launchService(driver, service, found.spec));
  describeService(title, subject, (server) => {
    it('asks for the user, and has the settings that were asked for', async () => {
      const fields = service.fields(server().endpoint);
      await expect(withNats({ ...fields, user: '', password: '' }, async () => {})).rejects.toThrow(/authorization/i);
      expect(await withNats(fields, async ({ info }) => info?.max_payload)).toBe(64 * 1024);
    });
  });
}

describe('NATS with a token and no JetStream', () => {
  it('is ready for who has the token', async () => {
    const service = nats.configure(toRequest({ options: { token: 'let me/in', jetstream: false } }));
    await using started = await startConfigured(service, embedded);
    const fields = service.fields(started.server.endpoint);
    expect(fields.url).toContain('let%20me%2Fin@');
    expect(service.env(fields).NATS_TOKEN).toBe('let me/in');
    await expect(withNats({ ...fields, token: 'other' }, async () => {})).rejects.toThrow(/authorization/i);
    expect(await withNats(fields, async ({ info }) => info?.jetstream ?? false)).toBe(false);
  });
});

describe('NATS that runs already', () => {
  it('serves a whole run, and refuses workers', async () => {
    await using started = await startConfigured(nats.configure(toRequest({ options: { token: 'secret' } })), embedded);
    const service = nats.configure(toRequest({ url: started.url }));
    const { endpoint } = started.server;
    await service.ready(endpoint, { nonce: undefined, pid: undefined, signal: AbortSignal.timeout(5_000) });
    if (service.lease.kind !== 'database') throw new Error('it leases servers that are not its own');
    await using book = await service.lease.open(endpoint);
    expect((await book.create('main1', 'run')).url).toBe(started.url);
    await expect(book.create('one1', 'worker')).rejects.toThrow(/can't be divided among workers/);
  });

  it('is not taken at an address that it cannot read', () => {
    expect(() => nats.configure(toRequest({ url: 'tls://host:4222' }))).toThrow(/cannot read the address/);
  });
});
