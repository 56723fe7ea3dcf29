import path from 'node:path';
import { expect, test } from 'vitest';
import { environmentOf, SEATRIAL, seatrial, startSeatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { CACHE, DB, DB_AND_CACHE, makeWorkspace } from './workspace.ts';

test('R12: the command gets the names that teams script by hand, with their defaults', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `project: orders-api\n${DB_AND_CACHE}` });

  const env = await environmentOf(workspace);

  const url = `postgresql://testuser:testpass@127.0.0.1:${env.DB_PORT}/orders_api_test`;
  const runId = env.ORDERS_API_TEST_RUN_ID;
  expect(env).toMatchObject({
    DATABASE_URL: url,
    TEST_DATABASE_URL: url,
    TEST_DB_URL: url,
    DB_URL: url,
    PGPORT: env.DB_PORT,
    TEST_REDIS_URL: `redis://127.0.0.1:${env.CACHE_PORT}/0`,
    ORDERS_API_TEST_DB_HOST: '127.0.0.1',
    ORDERS_API_TEST_DB_PORT: env.DB_PORT,
    ORDERS_API_TEST_DB_USER: 'testuser',
    ORDERS_API_TEST_DB_PASS: 'testpass',
    ORDERS_API_TEST_DB_NAME: 'orders_api_test',
    ORDERS_API_TEST_CONTAINER: `orders-api-db-test-${runId}`,
  });
  expect(runId).toMatch(/^\w{8,}$/);
});

test('A project whose name begins with a digit has names that a shell can export, and hears of them', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `project: 2fa\n${DB}` });

  const env = await environmentOf(workspace, [], { env: { _2FA_TEST_DB_NAME: 'mine' } });

  expect(env._2FA_TEST_DB_PORT).toBe(env.DB_PORT);
  expect(env.DATABASE_URL).toMatch(/\/mine$/);
  expect(Object.keys(env).filter((name) => /^\d/.test(name))).toEqual([]);
});

test('The scripted database names are the database’s, also when Redis comes first', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  cache: redis\n  db: postgres@18\n' });

  const env = await environmentOf(workspace);

  expect(env.SHOP_TEST_DB_PORT).toBe(env.DB_PORT);
  expect(env.SHOP_TEST_DB_NAME).toBe('shop_test');
});

test('R4: what is set outside overrides run id, container, user, password and database', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB });
  const outside = {
    SHOP_TEST_RUN_ID: 'build-7',
    SHOP_TEST_CONTAINER: 'my-db',
    SHOP_TEST_DB_USER: 'ann',
    SHOP_TEST_DB_PASS: 'p@ss word',
    SHOP_TEST_DB_NAME: 'mine',
  };

  const env = await environmentOf(workspace, [], { env: outside });

  expect(env).toMatchObject(outside);
  expect(env.DATABASE_URL).toBe(`postgresql://ann:p%40ss%20word@127.0.0.1:${env.DB_PORT}/mine`);
});

test('A port that is set outside is the port, and one that is no port is refused', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB });
  const port = (await environmentOf(workspace)).DB_PORT as string; // was free a moment ago

  expect((await environmentOf(workspace, [], { env: { SHOP_TEST_DB_PORT: port } })).PGPORT).toBe(port);
  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true'], { env: { SHOP_TEST_DB_PORT: 'abc' } });
  expect(stderr).toContain('SHOP_TEST_DB_PORT is "abc"');
  expect(code).toBe(2);
});

test('Templates of env: give any name any value; what is set outside gives way, other variables stay', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': `${DB_AND_CACHE}env:
  DATABASE_URL: "postgresql+asyncpg://\${db.user}:\${db.password}@\${db.host}:\${db.port}/\${db.database}"
  CELERY_BROKER: "\${cache.url}"
  PRICE: "5$$"
  WORKERS: 4
`,
  });

  const env = await environmentOf(workspace, [], {
    env: { DATABASE_URL: 'postgresql://outside:secret@db.example/prod', KEPT: 'yes' },
  });

  expect(env).toMatchObject({
    DATABASE_URL: `postgresql+asyncpg://testuser:testpass@127.0.0.1:${env.DB_PORT}/shop_test`,
    CELERY_BROKER: env.REDIS_URL,
    PRICE: '5$',
    WORKERS: '4',
    KEPT: 'yes',
  });
});

test('A template that names what no service has fails before anything starts, with the names that there are', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `${CACHE}env: { X: "\${cahce.url}" }\n` });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(/seatrial\.yaml:3:\d+: env\.X: .*cahce/);
  expect(stderr).toContain('cache');
  expect(stderr).not.toContain('ready in');
  expect(code).toBe(125);
});

const WITH_FILES = `${DB_AND_CACHE}envFiles:
  - .env.test
  - path: config/test.json
    format: json
    values: { database: { } }
`;

test('A PATH of the configuration is the command’s, behind the project’s own tools, and the command is looked for there', async () => {
  const workspace = makeWorkspace();
  const tools = path.join(workspace.top, 'tools');
  workspace.write('seatrial.yaml', `${CACHE}env:\n  PATH: "${tools}:/usr/bin:/bin"\n`);
  workspace.write('../tools/show-path', '#!/bin/sh\necho "$PATH"\n', 0o755);
  workspace.write('node_modules/.bin/tool', '', 0o755);

  const { stdout, stderr } = await seatrial(workspace, ['run', '--', 'show-path']);

  expect(stderr).toContain('show-path ended with 0');
  expect(stdout).toBe(`${workspace.project}/node_modules/.bin:${tools}:/usr/bin:/bin\n`);
});

test('Files for frameworks which read one are there during the run and as they were before after it', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': WITH_FILES.replace('{ database: { } }', '{ url: "${db.url}", cache: "${cache.host}:${cache.port}" }'),
    '.env.test': 'THEIRS=1\n',
    'print.mjs':
      "process.loadEnvFile('.env.test'); delete process.env.DATABASE_URL; process.loadEnvFile('.env.test'); console.log(process.env.DATABASE_URL);",
  });

  const { stdout, code } = await seatrial(workspace, [
    'run',
    '--',
    'sh',
    '-c',
    'node print.mjs; cat config/test.json; printenv DATABASE_URL CACHE_PORT; stat -c %a config/test.json',
  ]);

  const lines = stdout.split('\n');
  const [fromDotenv] = lines;
  const [url, cachePort, mode] = lines.slice(-4);
  expect(fromDotenv).toBe(url);
  expect(JSON.parse(lines.slice(1, -4).join('\n'))).toEqual({ url, cache: `127.0.0.1:${cachePort}` });
  expect(mode).toBe('600');
  expect(code).toBe(0);
  expect(workspace.read('.env.test')).toBe('THEIRS=1\n');
  expect(() => workspace.read('config/test.json')).toThrow('ENOENT');
});

test('Files for frameworks are put back also after SIGKILL', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `${CACHE}envFiles: [.env.test, .env.new]\n`, '.env.test': 'THEIRS="ü"\n' });
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'grep REDIS_URL .env.test .env.new; sleep 977']);
  await run.untilStdout(/\.env\.new:REDIS_URL/);

  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  expect(workspace.read('.env.test')).toBe('THEIRS="ü"\n');
  expect(() => workspace.read('.env.new')).toThrow('ENOENT');
});

test('A second run that would write the same file for frameworks is refused, and the user’s file comes back', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `${CACHE}envFiles: [.env.test]\n`, '.env.test': 'THEIRS=1\n' });
  const first = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; read go']);
  await first.untilStdout(/up/);

  const second = await seatrial(workspace, ['run', '--', 'true']);
  first.closeStdin();
  await first.ended;
  const third = await seatrial(workspace, ['run', '--', 'true']);

  expect(second.stderr).toMatch(
    new RegExp(`envFiles: .*/\\.env\\.test is written by another run .*process ${first.pid}, session \\w+`),
  );
  expect(second.stderr).toContain('SEATRIAL_ENV_FILE_HELD');
  expect([second.code, third.code]).toEqual([125, 0]);
  expect(workspace.read('.env.test')).toBe('THEIRS=1\n');
});

test('A run inside a command may write the same file as the one around it', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': `${CACHE}envFiles: [.env.test]\n`, '.env.test': 'THEIRS=1\n' });
  const inner = [...SEATRIAL, 'run', '--fresh', '--no-attach', '--', 'cat', '.env.test'].join(' ');

  const { code, stdout } = await seatrial(workspace, ['run', '--', 'sh', '-c', `cat .env.test; ${inner}; cat .env.test`]);

  const urls = [...stdout.matchAll(/^REDIS_URL=(.*)$/gm)].map(([, url]) => url);
  expect(code).toBe(0);
  expect(urls).toHaveLength(3);
  expect(urls[2]).toBe(urls[0]);
  expect(workspace.read('.env.test')).toBe('THEIRS=1\n');
});

test('Values that a dotenv reader could take apart come out whole', async () => {
  const odd = 'a "b" #c $d ${e} \\f = g';
  const workspace = makeWorkspace({
    'seatrial.json': JSON.stringify({
      services: { cache: 'redis' },
      env: { ODD: odd.replaceAll('$', '$$$$') },
      envFiles: ['.env.test'],
    }),
    'print.mjs': "delete process.env.ODD; process.loadEnvFile('.env.test'); process.stdout.write(process.env.ODD);",
  });

  const { stdout } = await seatrial(workspace, ['run', '--', 'sh', '-c', 'printf "%s\n" "$ODD"; node print.mjs']);

  expect(stdout).toBe(`${odd}\n${odd}`);
});

test('--print-env prints what the command would get, for shells and for machines, and ends', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': CACHE });

  const text = await seatrial(workspace, ['run', '--print-env']);
  const json = await seatrial(workspace, ['run', '--print-env', '--json']);

  expect(text.stdout).toMatch(/^REDIS_URL=redis:\/\/127\.0\.0\.1:\d+\/0$/m);
  expect((JSON.parse(json.stdout) as Record<string, string>).RUN_INTEGRATION_TESTS).toBe('true');
  expect([text.code, json.code]).toEqual([0, 0]);
  expect(await leftoversAfter(workspace)).toEqual([]);
});
