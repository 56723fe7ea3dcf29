import { expect, test } from 'vitest';
import { kafka } from '../../../src/services/kafka/index.ts';
import { toRequest } from '../../helpers/launch-service.ts';

test.each<[string, object, RegExp]>([
  ['a setting that is Seatrial’s', { settings: { listeners: 'PLAINTEXT://:1' } }, /listeners is chosen by Seatrial/],
  ['a setting of many lines', { settings: { 'num.partitions': '1\nlisteners=x' } }, /"num.partitions" is no setting/],
  ['a topic that Kafka would refuse', { topics: { 'a b': 1 } }, /"a b" is no name of a topic/],
  ['a topic of the broker itself', { topics: { __consumer_offsets: 1 } }, /is no name of a topic/],
  ['no partitions', { topics: { orders: 0 } }, /topic orders has "0" partitions/],
])('%s is refused with its name', (_, options, message) => {
  expect(() => kafka.configure(toRequest({ options: options as never }))).toThrow(
    expect.objectContaining({ code: 'SEATRIAL_OPTION_INVALID', message: expect.stringMatching(message) }),
  );
});

test.each(['localhost:9092', 'kafka://user:pw@h:1', 'kafka://a:1,b:2', 'http://h:1'])('the address %s is refused', (url) => {
  expect(() => kafka.configure(toRequest({ url }))).toThrow(/cannot read the address/);
});

test('another version than 4 is told', () => {
  const service = kafka.configure(toRequest({ version: '3.7' }));
  expect(service.deviations('4.3.1', 'embedded')[0]).toMatch(/Kafka 4\.3\.1 in the place of 3\.7/);
});

test('the image is told its published address, and settings by the names that it reads', () => {
  const service = kafka.configure(toRequest({ options: { settings: { 'message.max.bytes': 5 } } }));
  const image = service.launch.find((spec) => spec.kind === 'image');
  const run = { version: '4.3.1', host: '127.0.0.1', published: { 9092: 40_001 }, nonce: 'n1' };
  expect(image?.container(run as never).env).toMatchObject({
    KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://127.0.0.1:40001',
    KAFKA_BROKER_RACK: 'n1',
    KAFKA_MESSAGE_MAX_BYTES: '5',
    KAFKA_PROCESS_ROLES: 'broker,controller',
  });
});
