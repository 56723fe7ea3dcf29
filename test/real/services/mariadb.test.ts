import { describe, expect, it } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { mariadb, mysql } from '../../../src/services/mariadb/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';
import { mariadbQuery, mariadbSubject } from '../../helpers/mariadb-subject.ts';

for (const definition of [mariadb, mysql]) {
  const service = definition.configure(toRequest({ options: { settings: { max_connections: 77 } } }));
  const title = `${definition.title}, native`;
  const found = await findSpec(nativeDriver, service);
  if ('why' in found) {
    describe(title, () => it('cannot run here', ({ skip }) => skip(found.why)));
    continue;
  }
  const subject = mariadbSubject(service, () => launchService(nativeDriver, service, found.spec));
  describeService(title, subject, (server) => {
    const fields = () => service.fields(server().endpoint);

    it('checks passwords, for the app and for root', async () => {
      const { url, rootPassword } = fields();
      await expect(mariadbQuery({ url: url.replace('testpass', 'wrong') }, 'select 1')).rejects.toThrow(/Access denied/);
      await expect(mariadbQuery({ url: url.replace('testuser:testpass', 'root:') }, 'select 1')).rejects.toThrow(/Access denied/);
      await expect(mariadbQuery({ url: url.replace('testuser:testpass', '') }, 'select 1')).rejects.toThrow(/Access denied/);
      expect(await mariadbQuery({ url: url.replace('testuser:testpass', `root:${rootPassword}`) }, 'select 1 as one')).toEqual([
        { one: 1 },
      ]);
    });

    it('has the settings that were asked for, UTC, and named time zones', async () => {
      expect(
        await mariadbQuery(fields(), 'select @@max_connections as n, @@character_set_database as cs, @@system_time_zone as tz'),
      ).toEqual([{ n: 77, cs: 'utf8mb4', tz: 'UTC' }]);
      expect(
        await mariadbQuery(fields(), `select cast(convert_tz('2026-07-01 12:00:00', 'UTC', 'Europe/Berlin') as char) as at`),
      ).toEqual([{ at: '2026-07-01 14:00:00' }]);
    });

    it('lets the app make databases of its own, as Django does', async () => {
      await mariadbQuery(fields(), 'create database test_orders');
      await mariadbQuery(fields(), 'drop database test_orders');
    });
  });
}
