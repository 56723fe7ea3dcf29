import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../../src/util/platform/ports.ts';
import { atDatabase, startPostgres } from '../../helpers/embedded-postgres.ts';
import { sql } from '../../helpers/postgres-subject.ts';

describe('PostgreSQL, parity with the official image', () => {
  let db: Awaited<ReturnType<typeof startPostgres>>;
  let init: string;
  beforeAll(async () => {
    init = fs.mkdtempSync(path.join(os.tmpdir(), 'init-'));
    fs.writeFileSync(
      path.join(init, '1-schema.sql'),
      'create table note (id int primary key, text text);\ncreate database from_script;',
    );
    fs.writeFileSync(path.join(init, '2-data.sql.gz'), gzipSync("insert into note values (1, 'from gzip');"));
    fs.writeFileSync(
      path.join(init, '3-more.sql'),
      'COPY note FROM stdin;\n2\tfrom copy\n\\.\n\\connect from_script\ncreate table elsewhere ();\n',
    );
    fs.writeFileSync(path.join(init, 'README.md'), 'not a script');
    db = await startPostgres({
      options: {
        user: 'App User-ö',
        password: 'p\\a\'s"s %@:/',
        database: 'Main-DB',
        databases: ['second'],
        users: { reader: 'secret' },
        roles: ['auditor'],
        extensions: ['pg_trgm', 'uuid-ossp'],
        settings: { work_mem: '7MB', max_connections: 50, log_statement: 'all' },
      },
      init: [init],
    });
  }, 120_000);
  afterAll(async () => {
    await db?.[Symbol.asyncDispose]();
    fs.rmSync(init, { recursive: true, force: true });
  });

  it('has the user as superuser and owner, with the names as they were written', async () => {
    const [row] = await sql(
      db,
      `select current_user::text as user, rolsuper, current_database()::text as db, pg_get_userbyid(datdba)::text as owner
      from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    );
    expect(row).toEqual({ user: 'App User-ö', rolsuper: true, db: 'Main-DB', owner: 'App User-ö' });
  });

  it('has UTF-8, an ICU collation that sorts as en_US does, UTC, and the settings that were asked for', async () => {
    const [row] = await sql(
      db,
      `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, current_setting('TimeZone') as zone,
      current_setting('work_mem') as work_mem, current_setting('max_connections') as connections, current_setting('synchronous_commit') as commit from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({ encoding: 'UTF8', provider: 'i', zone: 'UTC', work_mem: '7MB', connections: '50', commit: 'on' });
    const sorted = await sql(db, `select w from unnest(array['b', 'A', 'a', 'B', 'é', 'f', '_']) w order by w`);
    expect(sorted.map(({ w }) => w).join('')).toBe('_aAbBéf');
  });

  it('checks passwords at every address and on the socket', async () => {
    for (const host of await loopbackAddresses()) {
      const wrong = atDatabase(db.url, 'Main-DB', 'reader:wrong').url.replace(
        '127.0.0.1',
        host.includes(':') ? `[${host}]` : host,
      );
      await expect(sql({ url: wrong }, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    }
    const rules = await sql(db, 'select distinct auth_method from pg_hba_file_rules');
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
    const [secret] = await sql(db, `select rolpassword like 'SCRAM-SHA-256$%' as scram from pg_authid where rolname = 'reader'`);
    expect(secret).toEqual({ scram: true });
  });

  it('has the further databases, users, roles and extensions', async () => {
    expect(await sql(atDatabase(db.url, 'second', 'reader:secret'), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await sql(db, `select rolcanlogin from pg_roles where rolname = 'auditor'`)).toEqual([{ rolcanlogin: false }]);
    expect(
      await sql(db, `select similarity('seatrial', 'seatrail') > 0 as similar, uuid_generate_v4() is not null as uuid`),
    ).toEqual([{ similar: true, uuid: true }]);
  });

  it('has run the init scripts in name order', async () => {
    expect(await sql(db, 'select * from note order by id')).toEqual([
      { id: 1, text: 'from gzip' },
      { id: 2, text: 'from copy' },
    ]);
    expect(await sql(atDatabase(db.url, 'from_script'), `select to_regclass('elsewhere')::text as there`)).toEqual([
      { there: 'elsewhere' },
    ]);
  });
});

it('says which extension the build does not have, and what to do', async () => {
  const failure = await startPostgres({ options: { extensions: ['no_such_thing'] } }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'SEATRIAL_OPTION_INVALID', details: { extension: 'no_such_thing' } });
}, 60_000);

it('does not become ready while a stranger holds its port at one of the addresses', async ({ skip }) => {
  const addresses = await loopbackAddresses();
  if (addresses.length < 2) return skip('this machine has one loopback address only');
  await using pair = await startTwoOnOnePort();
  const { ours } = pair;
  const both = { ...ours.server.endpoint, addresses };
  const { nonce, pid } = ours.server;
  await ours.service.ready(ours.server.endpoint, { nonce, pid, signal: AbortSignal.timeout(5_000) });
  await expect(ours.service.ready(both, { nonce, pid, signal: AbortSignal.timeout(5_000) })).rejects.toThrow(
    /another PostgreSQL server answers at ::1/,
  );
}, 60_000);

it.each([
  ['both addresses', ['127.0.0.1', '::1']],
  ['one of them', ['::1']],
])(
  'tells from the log that its port was taken at %s',
  async (_what, taken) => {
    await using stranger = await startPostgres({}, { addresses: taken });
    const failure: Error = await startPostgres({}, { port: stranger.server.endpoint.port, readyTimeoutMs: 700 }).then(
      () => new Error('it started'),
      (error: Error) => error,
    );
    const [spec] = stranger.service.launch;
    expect(spec?.kind === 'binary' && spec.isPortClash(failure.message), failure.message).toBe(true);
  },
  60_000,
);

/** One server on 127.0.0.1 and one on ::1; the port must happen to be free on both. */
async function startTwoOnOnePort() {
  for (let tries = 1; ; tries++) {
    const stranger = await startPostgres({}, { addresses: ['::1'] });
    try {
      const ours = await startPostgres({}, { addresses: ['127.0.0.1'], port: stranger.server.endpoint.port });
      const dispose = async () => void (await Promise.all([ours, stranger].map((one) => one[Symbol.asyncDispose]())));
      return { ours, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await stranger[Symbol.asyncDispose]();
      if (tries === 5) throw error;
    }
  }
}
