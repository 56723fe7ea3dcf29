import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { aws } from '../../../src/services/aws/index.ts';
import { awsSubject } from '../../helpers/aws-subject.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';

const driver = createEmbeddedDriver(createFetcher({}));
const service = aws.configure(toRequest());
const found = await findSpec(driver, service);
if ('why' in found) throw new Error(found.why);
describeService(
  'AWS, embedded',
  awsSubject(service, () => launchService(driver, service, found.spec)),
);
