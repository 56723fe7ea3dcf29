import { describe, it } from 'vitest';
import { createDockerDriver } from '../../../src/drivers/docker/index.ts';
import { postgres } from '../../../src/services/postgres/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { whyNoContainer } from '../../helpers/docker.ts';
import { launchInContainer } from '../../helpers/launch-container.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { postgresSubject } from '../../helpers/postgres-subject.ts';
import { redisSubject } from '../../helpers/redis-subject.ts';

const driver = createDockerDriver();

for (const [definition, version, subjectOf] of [
  [postgres, '18', postgresSubject],
  [redis, '7', redisSubject],
] as const) {
  const service = definition.configure(toRequest({ version }));
  const title = `${service.title} ${version}, docker`;
  const missing = await whyNoContainer(`${definition.kind}:${version}`);
  if (missing) describe(title, () => it('cannot run here', ({ skip }) => skip(missing)));
  else
    describeService(
      title,
      subjectOf(service, () => launchInContainer(driver, service)),
    );
}
