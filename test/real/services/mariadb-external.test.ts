import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseLease } from '../../../src/core/service.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { mariadb } from '../../../src/services/mariadb/index.ts';
import { serviceConformance } from '../../../src/testing/service-conformance.ts';
import { startExternal } from '../../helpers/external-server.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { mariadbQuery, mariadbSubject } from '../../helpers/mariadb-subject.ts';
import { whyNoMariadb } from '../../helpers/native-mariadb.ts';

const why = await whyNoMariadb();
if (why) it('MariaDB cannot run here', ({ skip }) => skip(why));

describe.skipIf(why)('MariaDB, external', () => {
  let external: Awaited<ReturnType<typeof startExternal>>;
  beforeAll(async () => {
    external = await startExternal(mariadb, nativeDriver);
  }, 120_000);
  afterAll(() => external?.stop());
  const service = () => mariadb.configure(toRequest({ url: external.url }));
  const lease = () => service().lease as DatabaseLease;
  const query = (sql: string, database?: string) => mariadbQuery({ url: at(external.url, database) }, sql);
  const databases = async () => (await query('show databases')).map(({ Database }) => Database);

  /** An external server cannot be asked who started it. */
  const cases = serviceConformance(mariadbSubject(mariadb.configure(toRequest()), async () => external.server));
  for (const { title } of cases.filter((one) => !/another start/.test(one.title)))
    it(title, async () => {
      const found = serviceConformance(mariadbSubject(service(), async () => external.server)).find((one) => one.title === title);
      await found?.run(external.server);
    }, 30_000);

  it('gives each lease all that is in the database, and its own', async () => {
    const source = await mysql.createConnection({ uri: external.url, multipleStatements: true });
    await source.query(EVERYTHING);
    await source.end();
    const book = await lease().open(external.server.endpoint);
    const { url, database = '' } = await book.create('one1');
    const state = async (name?: string) => ({
      tables: await query(`show tables where tables_in_${name ?? 'orders_api_test'} like 'c_%'`, name).then((rows) =>
        rows.map((row) => Object.values(row)[0]),
      ),
      sums: (await query('checksum table c_parent, c_child, c_odd', name)).map(({ Checksum }) => Checksum),
      view: await query('select * from c_view2 order by id', name),
      next: await query('select next value for c_seq as n', name),
      routines: await query(`select c_twice(21) as n`, name),
      triggers: (await query(`show triggers like 'c_%'`, name)).map(({ Trigger, sql_mode }) => [Trigger, sql_mode]),
      events: (await query('show events', name)).map(({ Name }) => Name),
    });
    const [theirs, ours] = [await state(), await state(database)];
    expect(ours).toEqual(theirs);
    expect(theirs).toMatchObject({
      view: [{ id: 0 }, { id: 1 }, { id: 7 }],
      next: [{ n: 1004 }],
      routines: [{ n: 42 }],
      events: ['c_event'],
    });

    await mariadbQuery({ url }, `insert into c_parent (name) values ('mine')`);
    expect(await query('select id, shout from c_view2 where name = "mine"', database)).toEqual([{ id: 8, shout: 'MINE!' }]);
    await expect(query(`insert into c_child values (1, 4711)`, database)).rejects.toThrow(/foreign key/);
    expect(await query('select 1 from c_parent where name like "mine%"')).toEqual([]);
    await book[Symbol.asyncDispose]();
  });

  it('leaves nothing of ours on the server, and the databases of others as they were', async () => {
    await query('create database orders_api_test_theirs');
    const before = await databases();
    const book = await lease().open(external.server.endpoint);
    const { url } = await book.create('one1');
    const app = await mysql.createConnection(url); // it never says good-bye
    app.on('error', () => {});
    await app.query('begin');
    await app.query('select * from c_parent for update');
    await expect(book.drop('theirs')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_NOT_ALLOWED' });
    await book[Symbol.asyncDispose]();
    expect(await databases()).toEqual(before);
    app.destroy();
  });

  it('can be cleaned up after a session that died, and only what that session leased', async () => {
    const { endpoint } = external.server;
    const [dead, living] = [await lease().open(endpoint, { token: 'dead' }), await lease().open(endpoint, { token: 'beef' })];
    await Promise.all([dead.create('one'), living.create('other')]);
    const before = (await databases()).length;
    await lease().dropAll(endpoint, { token: 'dead', urls: [], justNow: true });
    expect((await databases()).length).toBe(before - 2); // the lease and its template
    await living[Symbol.asyncDispose]();
    await dead[Symbol.asyncDispose]();
    expect((await databases()).length).toBe(before - 4);
  });

  it('drops what a session left long ago, unless that session is still there or the database is in use', async () => {
    const { endpoint } = external.server;
    const living = await lease().open(endpoint, { token: 'cafe' });
    const comments = {
      left_old: 'seatrial lease a1 of dead since 1000',
      left_young: `seatrial lease a2 of dead since ${Date.now()}`,
      of_living: 'seatrial lease a3 of cafe since 1000',
      in_use: 'seatrial lease a4 of dead since 1000',
      of_others: 'seatrial was here',
    };
    for (const [name, comment] of Object.entries(comments)) {
      await query(`create database ${name}`);
      await query(`create procedure seatrial_marker() comment '${comment}' begin end`, name);
    }
    const user = await mysql.createConnection(at(external.url, 'in_use'));
    await (await lease().open(endpoint))[Symbol.asyncDispose]();
    expect((await databases()).filter((name) => /^(left|of|in)_/.test(String(name))).sort()).toEqual([
      ...['in_use', 'left_young', 'of_living', 'of_others'],
    ]);
    await user.end();
    await living[Symbol.asyncDispose]();
  });

  it('says which rights the user lacks', async () => {
    await query(`create user poor identified by 'x'`);
    await query('grant all privileges on orders_api_test.* to poor');
    const poor = mariadb.configure(toRequest({ url: external.url.replace('testuser:testpass', 'poor:x') }));
    await expect((poor.lease as DatabaseLease).open(external.server.endpoint)).rejects.toMatchObject({
      code: 'SEATRIAL_LEASE_FAILED',
      hint: expect.stringContaining("GRANT ALL PRIVILEGES ON `orders\\_api\\_test\\_%`.* TO 'poor'@'%'"),
    });
    await query('grant all privileges on `orders\\_api\\_test\\_%`.* to poor');
    await expect((poor.lease as DatabaseLease).open(external.server.endpoint)).rejects.toMatchObject({
      message: expect.stringContaining('the PROCEDURE c_proc of orders_api_test'),
      hint: expect.stringContaining('GRANT SELECT ON mysql.proc'),
    });
    await query('grant select on mysql.proc to poor');
    const book = await (poor.lease as DatabaseLease).open(external.server.endpoint);
    const { url } = await book.create('one1');
    expect(await mariadbQuery({ url }, 'select c_twice(2) as n')).toEqual([{ n: 4 }]);
    await expect(book.openKeeper?.('one1', 'rewind')).rejects.toMatchObject({
      code: 'SEATRIAL_LEASE_FAILED',
      hint: expect.stringContaining("GRANT PROCESS ON *.* TO 'poor'@'%' and GRANT SELECT ON mysql.* TO 'poor'@'%'"),
    });
    await book.drop('one1');
    await query('grant process on *.* to poor');
    await query('grant select on mysql.* to poor');
    await book.create('two2');
    await (await book.openKeeper?.('two2', 'rewind'))?.[Symbol.asyncDispose]();
    await book[Symbol.asyncDispose]();
  });
});

function at(url: string, database: string | undefined): string {
  return database === undefined ? url : url.replace(/\/[^/]*$/, `/${database}`);
}

/** One of each kind of thing that a database can hold. */
const EVERYTHING = `
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0;
create table c_child (id int primary key, parent int, key (parent)) engine InnoDB;
create table c_parent (id int auto_increment primary key, name varchar(50) character set latin1, shout varchar(60) as (upper(concat(name, '!'))) stored,
  twice int as (id * 2) virtual, boss int, constraint c_boss foreign key (boss) references c_parent (id));
alter table c_child add constraint c_fk foreign key (parent) references c_parent (id);
insert into c_parent (id, name, boss) values (0, 'zero', 7), (1, 'öne', 0), (7, 'seven', null);
insert into c_child values (1, 0), (2, 7);
create table c_odd (\`we\`\`ird \\\\ name\` varbinary(9), d date, j json, b bit(3), g geometry, e enum('x','y'), f float, ts timestamp(6) null) comment 'it''s';
insert into c_odd values (x'00ff27', '0000-00-00', '{"a": 1}', b'101', point(1, 2), 'y', 0.1, '2026-01-02 03:04:05.678901');
create sequence c_seq start with 1000 increment by 1 nocache;
select next value for c_seq, next value for c_seq;
do nextval(c_seq), nextval(c_seq);
create view c_view2 as select 1 as id, 'x' as name, 'x' as shout;
create view c_view1 as select id, name, shout from c_parent;
create or replace view c_view2 as select * from orders_api_test.c_view1;
create function c_twice(n int) returns int deterministic return n * 2;
create procedure c_proc() begin select c_twice(1); end;
create trigger c_trigger before insert on c_child for each row set new.id = new.id + 100;
create event c_event on schedule every 1 day do delete from c_child;
`;
