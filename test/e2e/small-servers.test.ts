import { expect, test } from 'vitest';
import { seatrial, startSeatrial } from './cli.ts';
import { findLeftovers, findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

// NATS, memcached and etcd: kinds whose lease is a whole server.

/** In the command: what is in each of them, by the clients that apps use. */
const CLIENTS = `
import { jetstream, jetstreamManager } from ${JSON.stringify(import.meta.resolve('@nats-io/jetstream'))};
import { connect } from ${JSON.stringify(import.meta.resolve('@nats-io/transport-node'))};
import { Etcd3 } from ${JSON.stringify(import.meta.resolve('etcd3'))};
import memjs from ${JSON.stringify(import.meta.resolve('memjs'))};
export const open = async () => {
  const nats = await connect({ servers: process.env.NATS_URL });
  const cache = memjs.Client.create(process.env.MEMCACHED_SERVERS);
  const etcd = new Etcd3({ hosts: process.env.ETCD_ENDPOINTS });
  const streams = await jetstreamManager(nats);
  return {
    makeStream: () => streams.streams.add({ name: 'ORDERS', subjects: ['orders.>'] }),
    write: async (text) => {
      await jetstream(nats).publish('orders.new', text);
      await cache.set(text, text, {});
      await etcd.put('/' + text).value(text);
    },
    read: async () => {
      const { state } = await streams.streams.info('ORDERS');
      const keys = await etcd.getAll().keys();
      return { messages: state.messages, last: state.last_seq, keys, cached: (await Promise.all(['seed', 'one', 'two'].map((key) => cache.get(key)))).map(({ value }) => String(value)) };
    },
    close: async () => { await nats.close(); cache.close(); etcd.close(); },
  };
};
`;
const SEED = `import { open } from './clients.mjs';\nconst app = await open();\nawait app.makeStream();\nawait app.write('seed');\nawait app.close();\n`;

test('Each test of a worker begins with what the seed has left in NATS, memcached and etcd', async () => {
  const each = (name: string) => `test('${name}', async () => {
    assert.deepEqual(await app.read(), { messages: 1, last: 1, keys: ['/seed'], cached: ['seed', 'null', 'null'] });
    await app.write('${name}');
    assert.equal((await app.read()).last, 2);
  });`;
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  nats: nats\n  cache: memcached\n  etcd: { use: etcd, seed: { command: node seed.mjs } }\n',
    'clients.mjs': CLIENTS,
    'seed.mjs': SEED,
    'all.test.mjs': `import assert from 'node:assert/strict';\nimport test, { after } from 'node:test';\nimport { open } from './clients.mjs';
      const app = await open();\nafter(() => app.close());\n${['one', 'two'].map(each).join('\n')}`,
  });

  const run = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', 'node', '--test', '--test-reporter=tap']);

  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(run.stdout).toContain('# pass 2');
  expect(findLeftovers(workspace)).toEqual([]);
});

test('Nothing is left soon after SIGKILL ends a run of them', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  nats: nats\n  cache: memcached\n  etcd: etcd\n' });
  const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; sleep 600']);
  await run.untilStdout(/up/);
  const servers = findProcesses(workspace.top).filter(({ text }) => /(?:nats-server|memcached|etcd) --/.test(text));
  expect(servers).toHaveLength(3);

  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('They are found in a manifest and in a compose file, each at its own address', async () => {
  const dependencies = { '@nats-io/transport-node': '3.4.0', memjs: '1.3.2', etcd3: '1.1.2' };
  const inferred = makeWorkspace({ 'package.json': JSON.stringify({ name: 'shop', dependencies }) });
  const composed = makeWorkspace({
    'compose.yaml': `services:
  bus: { image: "nats:2-alpine", command: ["-js", "--auth", "s3cret"] }
  cache: { image: "memcached:1.6-alpine", command: memcached -m 32 }
  registry: { image: "registry.example/coreos/etcd:v3.4.13" }
`,
  });

  const [first, second] = await Promise.all(
    [inferred, composed].map((workspace) =>
      seatrial(workspace, ['run', '--', 'sh', '-c', 'echo $NATS_URL $MEMCACHED_SERVERS $ETCD_ENDPOINTS']),
    ),
  );

  expect(first?.stdout, first?.stderr).toMatch(/^nats:\/\/127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ http:\/\/127\.0\.0\.1:\d+\n$/);
  expect(second?.stdout, second?.stderr).toMatch(
    /^nats:\/\/s3cret@127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ http:\/\/127\.0\.0\.1:\d+\n$/,
  );
});
