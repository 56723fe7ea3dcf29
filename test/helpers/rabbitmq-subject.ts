import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function rabbitmqSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: [
      'RABBITMQ_URL',
      'AMQP_URL',
      'TEST_RABBITMQ_URL',
      'RABBITMQ_HOST',
      'RABBITMQ_PORT',
      'RABBITMQ_USER',
      'RABBITMQ_PASSWORD',
      'RABBITMQ_VHOST',
      'SPRING_RABBITMQ_HOST',
      'SPRING_RABBITMQ_PORT',
      'SPRING_RABBITMQ_USERNAME',
      'SPRING_RABBITMQ_PASSWORD',
      'SPRING_RABBITMQ_VIRTUAL_HOST',
    ],
    write: async (fields, key) => {
      await using app = await openAmqp(fields);
      await app.channel.assertQueue(key);
    },
    has: async (fields, key) => {
      await using app = await openAmqp(fields);
      return (await queueOf(app, key)) !== undefined;
    },
  };
}

/** An app with a connection that lives on, and a channel that knows when the broker has taken a message. */
export interface AmqpApp extends AsyncDisposable {
  readonly fields: Pick<ConnectionFields, 'url'>;
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  /** Publishes, and waits until the broker has it in the queues. */
  publish(exchange: string, key: string, text: string, headers?: Readonly<Record<string, unknown>>): Promise<void>;
}

export async function openAmqp(fields: Pick<ConnectionFields, 'url'>): Promise<AmqpApp> {
  const connection = await connect(fields.url, { timeout: 5_000 });
  connection.on('error', () => {}); // what was asked rejects
  const channel = await connection.createConfirmChannel();
  return {
    fields,
    connection,
    channel,
    async publish(exchange, key, text, headers) {
      channel.publish(exchange, key, Buffer.from(text), headers ? { headers } : {});
      await channel.waitForConfirms();
    },
    [Symbol.asyncDispose]: () => connection.close().catch(() => {}), // it may be closed
  };
}

/** How many messages wait in the queue, and how many consumers there are; undefined when there is no such queue. */
export async function queueOf(
  { connection }: AmqpApp,
  name: string,
): Promise<{ messages: number; consumers: number } | undefined> {
  const channel = await connection.createChannel(); // asking for what is not there closes it
  channel.on('error', () => {});
  try {
    const { messageCount, consumerCount } = await channel.checkQueue(name);
    await channel.close();
    return { messages: messageCount, consumers: consumerCount };
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  }
}

/** Takes all messages that wait, as texts. */
export async function takeAll({ channel }: AmqpApp, queue: string): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (!message) return texts;
    texts.push(message.content.toString());
  }
}
