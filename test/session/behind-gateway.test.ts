import { expect, test } from 'vitest';
import type { Gateway } from '../../src/core/gateway.ts';
import type { Scope, StateKeeper } from '../../src/core/reset.ts';
import { createHold, readdress } from '../../src/session/behind-gateway.ts';

test('fields lead to another address: host, port and each URL, and nothing that only looks like the address', () => {
  const login = 'me:127.0.0.1%3A5432';
  expect(
    readdress(
      {
        host: '127.0.0.1',
        port: '5432',
        password: '127.0.0.1:5432',
        database: 'x',
        url: `postgresql://${login}@127.0.0.1:5432/x?a=127.0.0.1:5432`,
        jdbcUrl: 'jdbc:postgresql://127.0.0.1:5432/x',
      },
      { host: '127.0.0.1', port: 7000 },
    ),
  ).toEqual({
    host: '127.0.0.1',
    port: '7000',
    password: '127.0.0.1:5432',
    database: 'x',
    url: `postgresql://${login}@127.0.0.1:7000/x?a=127.0.0.1:5432`,
    jdbcUrl: 'jdbc:postgresql://127.0.0.1:7000/x',
  });
  const six = { host: '::1', port: '6379', url: 'redis://[::1]:6379/0' };
  expect(readdress(six, { host: '127.0.0.1', port: 7 })).toEqual({ host: '127.0.0.1', port: '7', url: 'redis://127.0.0.1:7/0' });
});

/** Writes down what is called, in order. */
function recorder() {
  const calls: string[] = [];
  const gateway = (name: string, fails = false): Gateway => ({
    endpoint: { host: '127.0.0.1', port: 1, addresses: [] },
    pause: async () => {
      calls.push(`pause ${name}`);
      if (fails) throw new Error('the gateway thread has ended');
      return { stillOpen: 0 };
    },
    resume: async () => void calls.push(`resume ${name}`),
    connections: async () => 0,
    [Symbol.asyncDispose]: async () => {},
  });
  const keeper = (name: string, until: Promise<unknown> = Promise.resolve()): StateKeeper => ({
    enter: async () => ({ how: 'rewind', ms: 1, changed: 1, leaks: [{ kind: 'write', text: 'late' }] }),
    leave: async (scope: Scope) => {
      calls.push(`${name} leaves ${scope}`);
      await until;
      calls.push(`${name} has left`);
      return { how: 'rewind', ms: 1, changed: 1, leaks: [] };
    },
    [Symbol.asyncDispose]: async () => {},
  });
  return { calls, gateway, keeper };
}

test('all gateways of a lease rest before the first of its keepers begins and until the last is done, also when one has died', async () => {
  const { calls, gateway, keeper } = recorder();
  const hold = createHold();
  hold.gateways.push(gateway('db'), gateway('cache', true));
  let finish = () => {};
  const slow = hold.wrap(keeper('db', new Promise<void>((resolve) => (finish = resolve))), true);
  const quick = hold.wrap(keeper('cache'), true);
  const both = Promise.all([slow.leave('test'), quick.leave('test').then(() => finish())]);
  await both;
  expect(calls).toEqual([
    'pause db',
    'pause cache',
    'db leaves test',
    'cache leaves test',
    'cache has left',
    'db has left',
    'resume db',
    'resume cache',
  ]);
});

test('gateways are let go when a keeper fails', async () => {
  const { calls, gateway, keeper } = recorder();
  const hold = createHold();
  hold.gateways.push(gateway('db'));
  await expect(hold.wrap(keeper('db', Promise.reject(new Error('lost'))), true).leave('test')).rejects.toThrow('lost');
  expect(calls.at(-1)).toBe('resume db');
});

test('late writes are no leak where a gateway is, and one where none is', async () => {
  const { gateway, keeper } = recorder();
  const hold = createHold();
  hold.gateways.push(gateway('db'));
  expect((await hold.wrap(keeper('cache'), false).enter('test', 'undo'))?.leaks).toHaveLength(1);
  expect(await hold.wrap(keeper('db'), true).enter('test', 'undo')).toMatchObject({ changed: 1, leaks: [] });
});
