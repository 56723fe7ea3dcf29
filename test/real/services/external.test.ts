import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import type { DatabaseLease, ServiceDefinition } from '../../../src/core/service.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { postgres } from '../../../src/services/postgres/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import { type ConformanceServer, serviceConformance } from '../../../src/testing/service-conformance.ts';
import { startExternal } from '../../helpers/external-server.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { postgresSubject, sql } from '../../helpers/postgres-subject.ts';
import { redisCommand, redisSubject } from '../../helpers/redis-subject.ts';

const embedded = createEmbeddedDriver(createFetcher({}));
/** An external server cannot be asked who started it. */
const notForExternal = /another start/;

function describeExternal(
  definition: ServiceDefinition,
  toSubject: typeof postgresSubject,
  more: (url: () => string, lease: () => DatabaseLease) => void,
): void {
  describe(`${definition.title}, external`, () => {
    let external: Awaited<ReturnType<typeof startExternal>>;
    beforeAll(async () => {
      external = await startExternal(definition, embedded);
    }, 120_000);
    afterAll(() => external?.stop());
    const lookUp: ConformanceServer = {
      get endpoint() {
        return external.server.endpoint;
      },
      nonce: undefined,
      pid: undefined,
      [Symbol.asyncDispose]: async () => {},
    };
    const service = () => definition.configure(toRequest({ url: external.url }));
    const titles = serviceConformance(toSubject(definition.configure(toRequest()), async () => lookUp)).map(({ title }) => title);
    for (const title of titles.filter((one) => !notForExternal.test(one)))
      it(title, async () => {
        const one = serviceConformance(toSubject(service(), async () => lookUp)).find((item) => item.title === title);
        await one?.run(lookUp);
      }, 30_000);
    more(
      () => external.url,
      () => service().lease as DatabaseLease,
    );
  });
}

describeExternal(postgres, postgresSubject, (url, lease) => {
  it('leaves nothing of ours on the server, and the databases of others as they were', async () => {
    const endpoint = { host: new URL(url()).hostname, port: Number(new URL(url()).port), addresses: [] };
    await sql({ url: url() }, 'create database orders_api_test_theirs');
    const names = () => sql({ url: url() }, 'select datname, oid from pg_database order by oid');
    const before = await names();
    const book = await lease().open(endpoint);
    await book.create('one1');
    await sql({ url: url() }, `comment on database orders_api_test_theirs is 'precious'`);
    await expect(book.drop('theirs')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_NOT_ALLOWED' });
    await book[Symbol.asyncDispose]();
    expect(await names()).toEqual(before);
  });
});

describeExternal(redis, redisSubject, (url, lease) => {
  it('never leases a database that holds data or that another session has leased', async () => {
    const endpoint = { host: new URL(url()).hostname, port: Number(new URL(url()).port), addresses: [] };
    const at = (database: number) => ({ url: url().replace(/\/0$/, `/${database}`) });
    for (let database = 0; database < 4; database++) await redisCommand(at(database), 'SET', 'theirs', '1');
    const books = await Promise.all([lease().open(endpoint), lease().open(endpoint)]);
    const leases = await Promise.all(Array.from({ length: 12 }, (_, i) => books[i % 2]?.create(`l${i}`)));
    expect(new Set(leases.map((fields) => fields?.database)).size).toBe(12);
    await expect(books[0]?.create('toomany')).rejects.toMatchObject({ code: 'SEATRIAL_LEASE_FAILED' });
    for (const fields of leases) if (fields) await redisCommand(fields, 'SET', 'test', '1');
    for (const book of books) await book[Symbol.asyncDispose]();
    const keys = await Promise.all(Array.from({ length: 16 }, (_, database) => redisCommand(at(database), 'DBSIZE')));
    expect(keys.slice(4)).toEqual(Array(12).fill(0));
    expect(await redisCommand(at(3), 'GET', 'theirs')).toBe('1');
  });
});
