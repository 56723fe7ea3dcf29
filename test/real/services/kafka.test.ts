import { describe, it } from 'vitest';
import { createFetcher } from '../../../src/artifacts/fetcher.ts';
import { createEmbeddedDriver } from '../../../src/drivers/embedded/index.ts';
import { kafka } from '../../../src/services/kafka/index.ts';
import { describeService } from '../../helpers/describe-service.ts';
import { kafkaSubject } from '../../helpers/kafka-subject.ts';
import { findSpec, launchService, toRequest } from '../../helpers/launch-service.ts';

const driver = createEmbeddedDriver(createFetcher({}));
const service = kafka.configure(toRequest({ options: { topics: { orders: 3 }, settings: { 'num.partitions': 2 } } }));
const found = await findSpec(driver, service);
if ('why' in found) describe('Kafka', () => it('cannot run here', ({ skip }) => skip(found.why)));
else
  describeService(
    'Kafka',
    kafkaSubject(service, () => launchService(driver, service, found.spec, { readyTimeoutMs: 120_000 })),
  );
