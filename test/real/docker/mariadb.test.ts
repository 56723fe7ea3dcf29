import { describe, expect, it } from 'vitest';
import type { LaunchSpec } from '../../../src/core/launch-spec.ts';
import { createDockerDriver } from '../../../src/drivers/docker/index.ts';
import { mariadb } from '../../../src/services/mariadb/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { whyNoContainer } from '../../helpers/docker.ts';
import { launchInContainer } from '../../helpers/launch-container.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { MARIADB_STAND_IN, makeMariadbStandIn } from '../../helpers/mariadb-stand-in.ts';
import { mariadbQuery, mariadbSubject } from '../../helpers/mariadb-subject.ts';

const driver = createDockerDriver();
const title = 'MariaDB, docker';
const missing = (await whyNoContainer('redis:7')) ?? (await makeMariadbStandIn());

if (missing) describe(title, () => it('cannot run here', ({ skip }) => skip(missing)));
else {
  const configured = mariadb.configure(toRequest({ version: '10', options: { timeZones: false, users: { ann: 'pw' } } }));
  const onStandIn = (spec: LaunchSpec) => (spec.kind === 'image' ? { ...spec, image: MARIADB_STAND_IN } : spec);
  const service = { ...configured, launch: configured.launch.map(onStandIn) };
  describeService(
    title,
    mariadbSubject(service, () => launchInContainer(driver, service)),
    (server) => {
      it('has the accounts and settings that were asked for, with the app’s user as the one that makes databases', async () => {
        const fields = service.fields(server().endpoint);
        const users = await mariadbQuery(
          fields,
          "select concat(User, '@', Host) as name from mysql.user where User in ('ann', 'testuser')",
        );
        expect(users.map(({ name }) => name).sort()).toEqual(['ann@%', 'testuser@%']);
        expect(await mariadbQuery(fields, 'select @@log_bin as b, @@innodb_doublewrite as d')).toEqual([{ b: 0, d: 0 }]);
      });
    },
  );
}
