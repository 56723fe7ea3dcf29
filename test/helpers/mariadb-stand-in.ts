import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCommand } from '../../src/util/platform/run-command.ts';

/** A stand-in for the official image, for tests of this project and nothing else: this machine's MariaDB on the base of the other stand-ins. */
export const MARIADB_STAND_IN = 'seatrial-stand-in-mariadb:10.11';

const BASE = 'seatrial-stand-in-base';
const PROGRAMS = [
  '/usr/sbin/mariadbd',
  '/usr/bin/mariadb',
  '/usr/bin/mariadb-install-db',
  '/usr/bin/my_print_defaults',
  '/usr/bin/resolveip',
];

/** The contract of the official image, as far as the tests go: root's password, a database, the init folder; no networking meanwhile. */
const ENTRY_POINT = `#!/bin/bash
set -eo pipefail
mkdir -p /run/mysqld && chown 999 /run/mysqld /var/lib/mysql
as() { setpriv --reuid=999 --regid=999 --clear-groups "$@"; }
as mariadb-install-db --no-defaults --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db "$@" >/dev/null
as mariadbd --no-defaults --datadir=/var/lib/mysql --socket=/run/mysqld/init.sock "$@" --skip-networking & server=$!
client() { mariadb --no-defaults -uroot --socket=/run/mysqld/init.sock "$@"; }
until client -e 'select 1' >/dev/null 2>&1; do kill -0 $server; sleep 0.05; done
client -e "CREATE USER root@'%' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD'; GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION; CREATE DATABASE $MARIADB_DATABASE; SET PASSWORD FOR root@localhost = PASSWORD('$MARIADB_ROOT_PASSWORD')"
for f in /docker-entrypoint-initdb.d/*.sql; do echo "running $f"; client -p"$MARIADB_ROOT_PASSWORD" "$MARIADB_DATABASE" <"$f"; done
client -p"$MARIADB_ROOT_PASSWORD" -e shutdown && wait $server
exec setpriv --reuid=999 --regid=999 --clear-groups mariadbd --no-defaults --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock "$@"
`;

const DOCKERFILE = `FROM ${BASE}
COPY root/ /
ENV MARIADB_VERSION=1:10.11.0+stand-in
EXPOSE 3306
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
`;

/** Built once for the engine; answers why it can't be. */
export async function makeMariadbStandIn(): Promise<string | undefined> {
  if ((await runCommand('docker', ['image', 'inspect', MARIADB_STAND_IN])).exitCode === 0) return undefined;
  if (!fs.existsSync('/usr/sbin/mariadbd')) return 'no mariadbd on this machine to make a stand-in image of';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'st-stand-in-'));
  try {
    const root = path.join(folder, 'root');
    const { stdout: libraries } = await runCommand('ldd', ['/usr/sbin/mariadbd', '/usr/bin/mariadb']);
    const needed = [...libraries.matchAll(/=> (\/\S+)/g)].map(([, file]) => file as string);
    for (const file of new Set([...PROGRAMS, ...needed.filter((each) => !/\/(?:libc|libm|ld-linux[^/]*)\.so/.test(each))]))
      copy(file, root);
    fs.cpSync('/usr/share/mysql', path.join(root, 'usr/share/mysql'), { recursive: true, dereference: true });
    fs.mkdirSync(path.join(root, 'usr/local/bin'), { recursive: true });
    fs.writeFileSync(path.join(root, 'usr/local/bin/docker-entrypoint.sh'), ENTRY_POINT, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, 'Dockerfile'), DOCKERFILE);
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    const { exitCode, stderr } = await runCommand('docker', ['build', '-q', '-t', MARIADB_STAND_IN, folder], { env });
    if (exitCode !== 0) throw new Error(stderr);
    return undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function copy(file: string, root: string): void {
  const at = path.join(root, file.replace(/^\/lib\//, '/usr/lib/')); // a folder would take the place of the link /lib
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.copyFileSync(fs.realpathSync(file), at);
}
