import { expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { createDockerDriver } from '../../../src/drivers/docker/index.ts';
import { container } from '../../../src/services/container/index.ts';
import { redis } from '../../../src/services/redis/index.ts';
import { buildImage, containersOf, docker, whyNoContainer } from '../../helpers/docker.ts';
import { launchInContainer } from '../../helpers/launch-container.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { redisCommand } from '../../helpers/redis-subject.ts';

const missing = await whyNoContainer('redis:7');
const driver = createDockerDriver();
const launch = (options: Readonly<Record<string, Json>>) =>
  launchInContainer(driver, container.configure(toRequest({ image: 'redis:7', options: { ports: ['6379'], ...options } })), {
    readyTimeoutMs: 20_000,
  });

const SERVER = 'redis-server --protected-mode no --bind 0.0.0.0';

test.for<readonly [string, Json, string]>([
  ['its port', 'port', `sh -c 'sleep 0.3; exec ${SERVER}'`],
  ['a line in its log', { log: 'Ready to accept connections' }, SERVER],
  ['a command in it', { command: 'redis-cli ping' }, SERVER],
])('an image of any kind is ready by %s', async ([, ready, command], { skip }) => {
  if (missing) skip(missing);
  await using server = await launch({ ready, command: [command] });
  const { host, port } = server.endpoint;
  expect(await redisCommand({ url: `redis://${host}:${port}` }, 'PING')).toBe('PONG');
});

test('an image of any kind is ready by HTTP, and not before', async ({ skip }) => {
  if (missing) skip(missing);
  const answer = 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok';
  const program = `use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalPort => 8080) or die; while (my $c = $s->accept) { while (<$c>) { last if /^\\r/ } print $c "${answer}"; close $c }`;
  await using server = await launch({ ports: ['8080', '9090'], ready: { http: '/health' }, command: ['perl', '-e', program] });
  const service = container.configure(
    toRequest({ image: 'redis:7', options: { ports: ['8080', '9090'], ready: { http: '/x' } } }),
  );
  const fields = service.fields(server.endpoint);
  expect(fields.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(fields.port9090).toBe(String(server.endpoint.ports?.[9090]));
  expect(await (await fetch(`${fields.url}/`)).text()).toBe('ok');
});

test('an image of any kind is ready by its health check; one that has none is an error at once', async ({ skip }) => {
  if (missing) skip(missing);
  const image = 'seatrial-test-with-health';
  await buildImage(image, 'FROM redis:7\nHEALTHCHECK --interval=100ms --retries=1 CMD redis-cli ping\n');
  onTestFinished(async () => void (await docker('rmi', '-f', image)));
  const service = container.configure(toRequest({ image, options: { ports: ['6379'], ready: 'health' } }));
  await using server = await launchInContainer(driver, service);
  expect(await docker('inspect', '--format', '{{.State.Health.Status}}', ...(await containersOf(server.session)))).toBe(
    'healthy',
  );

  await expect(launch({ ready: 'health' })).rejects.toThrow(/the image has no health check/);
});

test('its environment tells it where it is reached from outside', async ({ skip }) => {
  if (missing) skip(missing);
  await using server = await launch({ command: [SERVER], env: { ADVERTISED: `\${host}:\${port}` } });
  const [name = ''] = await containersOf(server.session);
  expect(await docker('exec', name, 'printenv', 'ADVERTISED')).toBe(`127.0.0.1:${server.endpoint.port}`);
});

test('a restart keeps the port, begins with new data, and is no death', async ({ skip }) => {
  if (missing) skip(missing);
  const service = redis.configure(toRequest({ version: '7' }));
  await using server = await launchInContainer(driver, service);
  const fields = service.fields(server.endpoint);
  let death: unknown;
  void server.running.died.then((end) => {
    death = end;
  });
  await redisCommand(fields, 'SET', 'a', '1');
  await server.running.restart();
  expect(await redisCommand(fields, 'GET', 'a')).toBeNull();
  expect(death).toBeUndefined();

  const [name = ''] = await containersOf(server.session);
  await docker('kill', name);
  expect(await server.running.died).toMatchObject({ exitCode: 137 });
});
