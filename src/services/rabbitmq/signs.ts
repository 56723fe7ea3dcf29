import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const rabbitmqSigns: ServiceSigns = {
  defaultName: 'rabbitmq',
  schemes: ['amqp', 'amqps', 'pyamqp'],
  npm: [
    'amqplib',
    'amqp-connection-manager',
    '@cloudamqp/amqp-client',
    'rabbitmq-client',
    'rascal',
    'foo-foo-mq',
    '@golevelup/nestjs-rabbitmq',
    'celery-node',
  ],
  pypi: [
    'pika',
    'aio-pika',
    'aiormq',
    'amqp',
    'amqpstorm',
    'librabbitmq',
    'rabbitpy',
    'taskiq-aio-pika',
    'faststream-rabbit',
    'nameko',
  ],
};
