import { describe, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { postgres } from '../../../src/services/postgres/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';
import { postgresSubject } from '../../helpers/postgres-subject.ts';

const embedded = createEmbeddedDriver(createFetcher({}));

for (const [driver, version] of [
  [embedded, '18'],
  [embedded, '17'],
  [embedded, '16'],
  [nativeDriver, '15'],
] as const) {
  const service = postgres.configure(toRequest({ version }));
  const title = `PostgreSQL ${version}, ${driver.name}`;
  const found = await findSpec(driver, service);
  if ('why' in found) describe(title, () => it('cannot run here', ({ skip }) => skip(found.why)));
  else
    describeService(
      title,
      postgresSubject(service, () => launchService(driver, service, found.spec)),
    );
}
