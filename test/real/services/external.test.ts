import pg from 'pg';
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

  it('can be cleaned up after a session that died, and only what that session leased', async () => {
    const endpoint = { host: new URL(url()).hostname, port: Number(new URL(url()).port), addresses: [] };
    const [dead, living] = [await lease().open(endpoint, { token: 'dead' }), await lease().open(endpoint, { token: 'beef' })];
    await Promise.all([dead.create('one'), living.create('other')]);
    const count = async () =>
      (await sql({ url: url() }, `select from pg_database where datname like 'orders_api_test_%'`)).length;
    const before = await count();
    await lease().dropAll(endpoint, { token: 'dead', urls: [], justNow: true });
    expect(await count()).toBe(before - 2); // the lease and its template
    await living[Symbol.asyncDispose]();
    await dead[Symbol.asyncDispose]();
    expect(await count()).toBe(before - 4);
  });

  it('drops what a session left long ago, unless that session is still there or the database is in use', async () => {
    const endpoint = { host: new URL(url()).hostname, port: Number(new URL(url()).port), addresses: [] };
    const living = await lease().open(endpoint, { token: 'cafe' });
    const comments = {
      left_old: 'seatrial lease a1 of dead since 1000',
      left_young: `seatrial lease a2 of dead since ${Date.now()}`,
      of_living: 'seatrial lease a3 of cafe since 1000',
      in_use: 'seatrial lease a4 of dead since 1000',
      of_others: 'seatrial was here',
    };
    for (const [name, comment] of Object.entries(comments)) {
      await sql({ url: url() }, `create database ${name}`);
      await sql({ url: url() }, `comment on database ${name} is '${comment}'`);
    }
    const user = new pg.Client(url().replace(/[^/]+$/, 'in_use'));
    await user.connect();
    await (await lease().open(endpoint))[Symbol.asyncDispose]();
    const names = await sql({ url: url() }, `select datname from pg_database where datname ~ '^(left|of|in)_' order by 1`);
    expect(names.map(({ datname }) => datname)).toEqual(['in_use', 'left_young', 'of_living', 'of_others']);
    await user.end();
    await living[Symbol.asyncDispose]();
  });
});

describeExternal(redis, redisSubject, (url, lease) => {
  const at = (database: number) => ({ url: url().replace(/\/0$/, `/${database}`) });
  it('never leases a database that holds data or that another session has leased', async () => {
    const endpoint = { host: new URL(url()).hostname, port: Number(new URL(url()).port), addresses: [] };
    const [, count] = (await redisCommand(at(0), 'CONFIG', 'GET', 'databases')) as string[];
    const theirs = Number(count) - 12;
    for (let database = 0; database < theirs; database++) await redisCommand(at(database), 'SET', 'theirs', '1');
    const books = await Promise.all([lease().open(endpoint), lease().open(endpoint)]);
    const leases = await Promise.all(Array.from({ length: 12 }, (_, i) => books[i % 2]?.create(`l${i}`)));
    expect(new Set(leases.map((fields) => fields?.database)).size).toBe(12);
    await expect(books[0]?.create('toomany')).rejects.toMatchObject({ code: 'SEATRIAL_LEASE_FAILED' });
    for (const fields of leases) if (fields) await redisCommand(fields, 'SET', 'test', '1');
    for (const book of books) await book[Symbol.asyncDispose]();
    const databases = Array.from({ length: Number(count) }, (_, database) => database);
    const keys = await Promise.all(databases.map((database) => redisCommand(at(database), 'DBSIZE')));
    expect(keys.slice(1)).toEqual(databases.slice(1).map((database) => (database < theirs ? 1 : 0)));
    for (let database = 1; database < theirs; database++) await redisCommand(at(database), 'FLUSHDB');
  });

  it('can be cleaned up after a session that died, and only what that session leased', async () => {
    const endpoint = { host: new URL(url()).hostname, port: Number(new URL(url()).port), addresses: [] };
    const leases = await Promise.all(
      [1, 2, 3].map(async () => {
        const book = await lease().open(endpoint);
        return { book, fields: await book.create('one') };
      }),
    );
    const leased = leases.map(({ fields }) => fields.database);
    const left = at([4, 5, 6, 7].find((database) => !leased.includes(String(database))) as number);
    const taken = leases[2]?.fields as { url: string };
    for (const fields of [left, ...leases.map((one) => one.fields)]) await redisCommand(fields, 'SET', 'test', '1');
    await lease().dropAll(endpoint, { token: 'dead', urls: [left.url, taken.url], justNow: true });
    expect(await redisCommand(left, 'DBSIZE')).toBe(0);
    expect(await redisCommand(taken, 'GET', 'test')).toBe('1');
    for (const { book } of leases) await book[Symbol.asyncDispose]();
  });
});
