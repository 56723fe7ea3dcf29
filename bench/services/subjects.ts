import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Kvm } from '@nats-io/kv';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { ConnectionFields } from '../../src/core/connection.ts';
import { openRespClient } from '../../src/services/redis/resp.ts';
import { awsClients } from '../../test/helpers/aws-subject.ts';
import { connectEtcd } from '../../test/helpers/etcd-subject.ts';
import { kafkaOf } from '../../test/helpers/kafka-subject.ts';
import { connectMemcached } from '../../test/helpers/memcached-subject.ts';
import { connectNats } from '../../test/helpers/nats-subject.ts';
import { postJson } from '../../test/helpers/oidc-subject.ts';
import { openAmqp } from '../../test/helpers/rabbitmq-subject.ts';
import { sendMail } from '../../test/helpers/smtp-subject.ts';

export interface Subject {
  readonly name: string;
  /** As it stands under `services:`. */
  readonly config: string;
  /** What the project promises, in ms: a start from a warm cache, and a lease. */
  readonly startWithin?: number;
  readonly leaseWithin?: number;
  /** An app that stays connected to its lease; what it makes here belongs to the whole run. */
  connect(fields: ConnectionFields): Promise<App>;
}
export interface App extends AsyncDisposable {
  /** The small write of a test. */
  write(): Promise<unknown>;
}

const INSERT = "INSERT INTO notes VALUES (1, 'new')";

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'postgres',
    config: '{ use: postgres@18, migrate: schema.sql }',
    connect: async ({ url }) => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      return toApp(
        () => client.query(INSERT),
        () => client.end(),
      );
    },
  },
  {
    name: 'mariadb',
    config: '{ use: mariadb, migrate: schema.sql }',
    startWithin: 250,
    connect: async ({ url }) => {
      const client = await mysql.createConnection({ uri: url });
      client.on('error', () => {});
      return toApp(
        () => client.query(INSERT),
        () => client.end(),
      );
    },
  },
  {
    name: 'redis',
    config: '{ use: redis }',
    startWithin: 60,
    connect: async ({ host, port }) => {
      const client = await openRespClient({ host, port: Number(port), password: undefined, database: 0 }, { timeoutMs: 600_000 });
      return toApp(
        () => client.send('SET', 'note', 'new'),
        () => client[Symbol.dispose](),
      );
    },
  },
  {
    name: 'memcached',
    config: '{ use: memcached }',
    connect: async (fields) => {
      const client = connectMemcached(fields);
      return toApp(
        () => client.set('note', 'new', {}),
        () => client.close(),
      );
    },
  },
  {
    name: 'etcd',
    config: '{ use: etcd }',
    connect: async (fields) => {
      const client = connectEtcd(fields);
      return toApp(
        () => client.put('note').value('new').exec(),
        () => client.close(),
      );
    },
  },
  {
    name: 'nats',
    config: '{ use: nats }',
    startWithin: 40,
    connect: async (fields) => {
      const client = await connectNats(fields);
      const bucket = await new Kvm(client).create('notes');
      return toApp(
        () => bucket.put('note', 'new'),
        () => client.close(),
      );
    },
  },
  {
    name: 'kafka',
    config: '{ use: kafka, topics: { notes: 1 } }',
    startWithin: 1_100,
    connect: async (fields) => {
      const producer = kafkaOf(fields).producer();
      await producer.connect();
      return toApp(
        () => producer.send({ topic: 'notes', messages: [{ value: 'new' }] }),
        () => producer.disconnect(),
      );
    },
  },
  {
    name: 'rabbitmq',
    config: '{ use: rabbitmq }',
    startWithin: 4_500,
    leaseWithin: 20,
    connect: async (fields) => {
      const app = await openAmqp(fields);
      await app.channel.assertQueue('notes');
      return toApp(
        () => app.publish('', 'notes', 'new'),
        () => app[Symbol.asyncDispose](),
      );
    },
  },
  {
    name: 'smtp',
    config: '{ use: smtp }',
    connect: async (fields) =>
      toApp(
        () => sendMail(fields, { to: 'ann@example.com', subject: 'new', text: 'new' }),
        () => {},
      ),
  },
  {
    name: 'oidc',
    config: '{ use: oidc }',
    connect: async ({ url }) =>
      toApp(
        () => postJson(`${url}/users`, { sub: 'ann', roles: ['new'] }),
        () => {},
      ),
  },
  {
    name: 'aws',
    config: '{ use: aws, buckets: [notes] }',
    connect: async (fields) => {
      const clients = awsClients(fields);
      return toApp(
        () => clients.s3.send(new PutObjectCommand({ Bucket: 'notes', Key: 'note', Body: 'new' })),
        () => clients[Symbol.dispose](),
      );
    },
  },
];

function toApp(write: () => Promise<unknown>, end: () => unknown): App {
  return { write, [Symbol.asyncDispose]: async () => void (await end()) };
}
