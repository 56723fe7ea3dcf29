import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ComposeService } from '../../src/core/service.ts';
import { rabbitmqBinary } from '../../src/services/rabbitmq/binary-spec.ts';
import { fromCompose } from '../../src/services/rabbitmq/compose.ts';
import { rabbitmq } from '../../src/services/rabbitmq/index.ts';
import { readOptions } from '../../src/services/rabbitmq/options.ts';
import { toRequest } from '../helpers/launch-service.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const compose = (service: Partial<ComposeService>) =>
  fromCompose({ name: 'queue', tag: '3', environment: {}, command: [], mounts: [], ...service });

describe('a compose service', () => {
  it('has what the image has where nothing is said', () => {
    expect(compose({})).toEqual({ options: { user: 'guest', password: 'guest', vhost: '/' }, init: [], notes: [] });
  });

  it('gives user, password, virtual host and definitions, and says what is not honoured', () => {
    const reading = compose({
      tag: '3-management-alpine',
      environment: {
        RABBITMQ_DEFAULT_USER: 'test_user',
        RABBITMQ_DEFAULT_PASS: 'test_pass',
        RABBITMQ_DEFAULT_VHOST: 'test_vhost',
        RABBITMQ_DEFAULT_PASS_FILE: '/run/secret',
      },
      command: ['rabbitmq-server', '--x'],
      mounts: [
        { source: '/app/definitions.json', target: '/etc/rabbitmq/definitions.json' },
        { source: '/app/rabbitmq.conf', target: '/etc/rabbitmq/rabbitmq.conf' },
        { source: undefined, target: '/var/lib/rabbitmq' },
      ],
    });
    expect(reading.options).toEqual({ user: 'test_user', password: 'test_pass', vhost: 'test_vhost' });
    expect(reading.init).toEqual(['/app/definitions.json']);
    expect(reading.notes).toEqual([
      'RABBITMQ_DEFAULT_PASS_FILE is not read: set `user` and `password`',
      expect.stringMatching(/^the management plug-in of the image is not started/),
      'the command "rabbitmq-server --x" is not honoured',
      'the mount at /etc/rabbitmq/rabbitmq.conf is not used: put what matters under `settings`',
      'the data volume at /var/lib/rabbitmq is not used: each run gets fresh data',
    ]);
  });
});

it('names the virtual host after the project, and writes addresses as clients read them', () => {
  const service = rabbitmq.configure(toRequest({ options: { password: 'p@ss/w' } }));
  const fields = service.fields({ host: '::1', port: 5672, addresses: ['::1'] });
  expect(fields.url).toBe('amqp://testuser:p%40ss%2Fw@[::1]:5672/orders_api_test');
  const slash = rabbitmq.configure(toRequest({ url: 'amqp://localhost' }));
  expect(slash.fields({ host: 'localhost', port: 5672, addresses: ['localhost'] })).toMatchObject({
    url: 'amqp://guest:guest@localhost:5672/%2F',
    user: 'guest',
    vhost: '/',
  });
  expect(() => rabbitmq.configure(toRequest({ url: 'amqps://localhost' }))).toThrow(/cannot read the address/);
});

it('offers the official image, which tells whose it is, where no definitions are asked for', () => {
  const image = (init: readonly string[]) =>
    rabbitmq
      .configure(
        toRequest({ version: '4', init, options: { user: 'ann', plugins: ['rabbitmq_stream'], settings: { channel_max: 9 } } }),
      )
      .launch.find(({ kind }) => kind === 'image');
  const spec = image([]);
  if (spec?.kind !== 'image') throw new Error('no image is offered');
  expect(spec).toMatchObject({ image: 'rabbitmq:4', ports: [5672] });
  const run = { image: spec.image, version: '4.0.5', host: '127.0.0.1', published: {}, nonce: 'abc' };
  expect(spec.container(run)).toEqual({
    env: {
      RABBITMQ_DEFAULT_USER: 'ann',
      RABBITMQ_DEFAULT_PASS: 'testpass',
      RABBITMQ_DEFAULT_VHOST: 'orders_api_test',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-rabbit server_properties [{<<"seatrial">>,longstr,<<"abc">>}]',
    },
    tmpfs: ['/var/lib/rabbitmq'],
    files: [
      { path: '/etc/rabbitmq/conf.d/90-seatrial.conf', content: 'channel_max = 9\n' },
      { path: '/etc/rabbitmq/enabled_plugins', content: '[rabbitmq_stream].\n' },
    ],
  });
  expect(image([import.meta.dirname])).toBeUndefined();
});

it('refuses settings that are options of their own', () => {
  expect(() => readOptions(toRequest({ options: { settings: { default_vhost: 'x' } } }))).toThrow(
    /default_vhost is chosen by Seatrial/,
  );
});

it.for([
  ['3.10.8', '3.10.8'],
  ['3.13.7', { refused: 'it is RabbitMQ 3.13.7; 3.9 to 3.12 can be run' }],
  ['4.0.5', { refused: 'it is RabbitMQ 4.0.5; 3.9 to 3.12 can be run' }],
] as const)('reads the version %s from where the broker lies', ([version, told]) => {
  const probe = rabbitmqBinary(undefined, readOptions(toRequest()), []).versionProbe;
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, 'plugins', `rabbit-${version}`, 'ebin'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'sbin'));
  fs.writeFileSync(path.join(folder, 'sbin', 'rabbitmq-env'), '');
  expect(probe.parse('', path.join(folder, 'sbin', 'rabbitmq-env'))).toEqual(told);
});
