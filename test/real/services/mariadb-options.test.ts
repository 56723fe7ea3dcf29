import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../../src/util/platform/ports.ts';
import { mariadbQuery } from '../../helpers/mariadb-subject.ts';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';

const why = await whyNoMariadb();
if (why) it('MariaDB cannot run here', ({ skip }) => skip(why));

describe.skipIf(why)('MariaDB, parity with the official image', () => {
  let db: Awaited<ReturnType<typeof startMariadb>>;
  let init: string;
  beforeAll(async () => {
    init = fs.mkdtempSync(path.join(os.tmpdir(), 'init-'));
    const write = (name: string, text: string | Buffer) => fs.writeFileSync(path.join(init, name), text);
    write('1-schema.sql', 'create table note (id int primary key, text text);\ncreate database from_script;\n');
    write('2-data.sql.gz', gzipSync("insert into note values (1, 'from gzip');"));
    write('3-dump.sql', DUMP);
    write(
      '4-more.sh',
      'echo making more; mariadb -uroot -p"$MYSQL_ROOT_PASSWORD" "$MARIADB_DATABASE" -e "insert into note values (9, user())"',
    );
    write('5-part.sql', 'source extra/rest\n');
    fs.mkdirSync(path.join(init, 'extra'));
    write('extra/rest', "LOAD DATA LOCAL INFILE 'notes.tsv' INTO TABLE note;\n");
    write('extra/notes.tsv', '11\tfrom a file\n');
    write('README.md', 'not a script');
    db = await startMariadb({
      options: {
        user: "App User-ö'",
        password: 'p\\a\'s"s %@:/',
        database: 'Main-`DB',
        databases: ['second'],
        users: { reader: 'secret' },
        rootPassword: "r'oot",
        characterSet: 'utf8mb4',
        collation: 'utf8mb4_unicode_ci',
        settings: { max_connections: 50, 'sql-mode': 'ANSI', general_log: false, 'log-bin': '' },
      },
      init: [init],
    });
  }, 120_000);
  afterAll(async () => {
    await db?.[Symbol.asyncDispose]();
    fs.rmSync(init, { recursive: true, force: true });
  });

  it('has users, databases and settings as they were written', async () => {
    const [row] = await mariadbQuery(
      db,
      `select current_user() as user, database() as db, @@max_connections as n, @@collation_database as collation, @@log_bin as log_bin,
      @@sql_mode like '%ANSI_QUOTES%' as ansi`,
    );
    expect(row).toEqual({
      ...{ user: "App User-ö'@%", db: 'Main-`DB', n: 50, collation: 'utf8mb4_unicode_ci', log_bin: 1, ansi: 1 },
    });
    expect((await mariadbQuery(db, 'show databases')).map(({ Database }) => Database)).toEqual(
      expect.arrayContaining(['Main-`DB', 'second', 'from_script']),
    );
    const reader = new URL(db.url);
    Object.assign(reader, { username: 'reader', password: 'secret', pathname: '/' });
    expect(await mariadbQuery({ url: reader.href }, 'show grants')).toHaveLength(1); // USAGE only
  });

  it('has run the init scripts as the image would: SQL, gzip, dumps, shell, other files', async () => {
    expect(await mariadbQuery(db, 'select * from note order by id')).toEqual([
      { id: 1, text: 'from gzip' },
      { id: 2, text: 'a;b\'c"d' },
      { id: 3, text: 'shouted!' },
      { id: 9, text: expect.stringMatching(/^root@/) },
      { id: 11, text: 'from a file' },
    ]);
  });

  it('is read by no one but those with a password, not even from the machine itself', async () => {
    const logins = await mariadbQuery(
      db,
      `select user as user, host as host from mysql.user where authentication_string = '' and is_role = 'N'`,
    );
    expect(logins).toEqual([{ user: 'mariadb.sys', host: 'localhost' }]); // locked
  });

  it('analyzes what migrations and seed have left, and shows it as statistics', async () => {
    await mariadbQuery(db, 'create table filled as select seq as n from seq_1_to_500');
    await db.service.settle?.(db.server.endpoint);
    const [row] = await mariadbQuery(db, `select n_rows from mysql.innodb_table_stats where table_name = 'filled'`);
    expect(row).toEqual({ n_rows: 500 });
  });

  it.for([
    [
      'a wrong statement',
      'select 1;\n\ninsert into nowhere\nvalues (1);\n',
      /bad\.sql:3: .*nowhere.*doesn't exist\n {2}in: insert into nowhere values/,
    ],
    ['a syntax error inside a statement', 'select 1;\nselect\n  2,\n  from x;\n', /bad\.sql:4: .*syntax/],
    ['a file that is not there', 'source gone.sql\n', /bad\.sql:1: there is no file .*gone\.sql/],
  ] as const)('says where a script fails: %s', async ([, text, message]) => {
    const file = path.join(init, 'bad.sql');
    fs.writeFileSync(file, text);
    const run = db.service.runScript?.(db.server.endpoint, file, () => {}, AbortSignal.timeout(10_000));
    await expect(run).rejects.toThrow(message);
    fs.rmSync(file);
  });

  it('ends a script that is told to stop, whatever it is doing', async () => {
    const file = path.join(init, 'slow.sql');
    fs.writeFileSync(file, 'select sleep(600);\n');
    const stop = new AbortController();
    const run = db.service.runScript?.(db.server.endpoint, file, () => {}, stop.signal);
    const checked = expect(run).rejects.toThrow('told to stop');
    const asleep = `select 1 from information_schema.processlist where info = 'select sleep(600)'`;
    while ((await mariadbQuery(db, asleep)).length === 0);
    stop.abort(new Error('told to stop'));
    await checked;
    fs.rmSync(file);
  });

  it('says that its port is taken, on either address', async (context) => {
    for (const host of await loopbackAddresses()) {
      const taken = net.createServer((socket) => socket.destroy()).listen(0, host);
      await new Promise((resolve) => taken.once('listening', resolve));
      const { port } = taken.address() as net.AddressInfo;
      context.onTestFinished(() => void taken.close());
      const failed = await startMariadb({}, { port, readyTimeoutMs: 15_000 }).catch((error: Error) => error);
      const spec = db.service.launch[0] as { isPortClash(log: string): boolean };
      expect(failed).toBeInstanceOf(Error);
      expect(spec.isPortClash((failed as Error).message), (failed as Error).message).toBe(true);
    }
  }, 60_000);
});

/** As mariadb-dump writes it. */
const DUMP = `/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
LOCK TABLES \`note\` WRITE;
/*!40000 ALTER TABLE \`note\` DISABLE KEYS */;
INSERT INTO \`note\` VALUES
(2,'a;b\\'c"d');
/*!40000 ALTER TABLE \`note\` ENABLE KEYS */;
UNLOCK TABLES;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`root\`@\`%\`*/ /*!50003 TRIGGER shout BEFORE INSERT ON note FOR EACH ROW
BEGIN
  IF NEW.id = 3 THEN SET NEW.text = CONCAT(NEW.text, '!'); END IF;
END */;;
DELIMITER ;
INSERT INTO note VALUES (3, 'shouted');
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
`;
