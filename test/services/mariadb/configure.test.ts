import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { BinarySpec } from '../../../src/core/launch-spec.ts';
import { mariadb, mysql } from '../../../src/services/mariadb/index.ts';
import { toRequest } from '../../helpers/launch-service.ts';

const DEBIAN = 'mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)';
const OLD = 'mysqld  Ver 10.6.18-MariaDB-0ubuntu0.22.04.1 for debian-linux-gnu on x86_64 (Ubuntu 22.04)';
const MYSQL = '/usr/sbin/mysqld  Ver 8.0.39-0ubuntu0.22.04.1 for Linux on x86_64 ((Ubuntu))';
const MYSQL_5 = 'mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))';

const specs = (definition: typeof mysql, options: Record<string, Json> = {}) =>
  definition.configure(toRequest({ options })).launch.filter((spec): spec is BinarySpec => spec.kind === 'binary');
const probe = (definition: typeof mysql, output: string) => specs(definition)[0]?.versionProbe.parse(output);

it('tells MySQL and MariaDB apart, whatever the executable is called, and which of them are too old', () => {
  expect(probe(mysql, MYSQL)).toBe('8.0.39');
  expect(probe(mysql, DEBIAN)).toEqual({ refused: expect.stringContaining('MariaDB 10.11.19, not MySQL') });
  expect(probe(mysql, MYSQL_5)).toEqual({ refused: expect.stringContaining('8.0 or later') });
  expect(probe(mariadb, DEBIAN)).toBe('10.11.19');
  expect(probe(mariadb, OLD)).toEqual({ refused: expect.stringContaining('10.11 or later') });
  expect(probe(mariadb, MYSQL)).toBeUndefined();
});

it('takes MariaDB for MySQL only when it is asked to, and says so', () => {
  expect(specs(mysql).map(({ executables }) => executables)).toEqual([['mysqld']]);
  expect(specs(mysql, { standIn: true }).map(({ executables }) => executables)).toEqual([['mysqld'], ['mariadbd']]);
  const service = mysql.configure(toRequest({ options: { standIn: true } }));
  expect(service.product?.('10.11.19', 'native')).toBe('MySQL (MariaDB 10.11.19)');
  expect(service.deviations('10.11.19', 'native')[0]).toContain('MariaDB 10.11.19 under the name mysql');
  expect(service.product?.('8.0.39', 'native')).toBe('MySQL 8.0.39');
  expect(service.deviations('8.0.39', 'native').join()).not.toContain('MariaDB');
});

it.each([
  [{ settings: { Report_Host: 'x' } }, /report-host is chosen by Seatrial/],
  [{ settings: { datadir: '/x' } }, /datadir is chosen by Seatrial/],
  [{ collation: "x'; drop" }, /collation is/],
])('refuses %j', (options, message) => {
  expect(() => specs(mariadb, options as Record<string, Json>)).toThrow(message);
});

it('gives the password of the app to root where root is the app', () => {
  const fields = (options: Record<string, Json>) =>
    mariadb.configure(toRequest({ options })).fields({ host: '::1', port: 3307, addresses: ['::1'] });
  expect(fields({ user: 'root', password: 'p w', rootPassword: 'other' })).toMatchObject({
    url: 'mysql://root:p%20w@[::1]:3307/orders_api_test',
    rootPassword: 'p w',
  });
  expect(fields({ password: '' })).toMatchObject({ url: 'mysql://testuser:@[::1]:3307/orders_api_test' });
});

it.each([
  'mysql://u:p%40@db.test:3307/shop?ssl-mode=REQUIRED',
  'mysql+pymysql://u:p%40@db.test:3307/shop?ssl-mode=REQUIRED',
  'mariadb://u:p%40@db.test:3307/shop?ssl-mode=REQUIRED',
])('reads an external address: %s', (url) => {
  const service = mysql.configure(toRequest({ url }));
  expect(service.fields({ host: 'db.test', port: 3307, addresses: ['db.test'] })).toMatchObject({
    url: 'mysql://u:p%40@db.test:3307/shop?ssl-mode=REQUIRED',
    user: 'u',
    password: 'p@',
    database: 'shop',
  });
});

it.each(['postgres://u:p@h/d', 'mysql://u:p@h', 'mysql://h/d', 'nonsense'])('refuses the external address %s', (url) => {
  expect(() => mysql.configure(toRequest({ url }))).toThrow(/cannot read the address/);
});
