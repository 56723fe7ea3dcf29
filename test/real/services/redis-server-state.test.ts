import { expect, it } from 'vitest';
import { readExternal } from '../../../src/services/redis/external.ts';
import type { RespClient } from '../../../src/services/redis/resp.ts';
import { describeRedisLeases } from '../../helpers/redis-lease.ts';
import { connect, stateOf } from '../../helpers/redis-state.ts';

/** Without the flag that `reset` sets on Redis: it says what the server does anyway. */
const users = async (client: RespClient) =>
  ((await client.send('ACL', 'LIST')) as string[]).map((line) => line.replace(' sanitize-payload', '')).sort();
const SEEDED_USER = ['ACL', 'SETUSER', 'seeded', 'on', '>secret', '~app:*', 'resetchannels', '&news', '+@read', '+set'];

await describeRedisLeases(
  'What all databases of a leased Redis share',
  (lease) => {
    it('begins with the users of the main server, who can log in', async () => {
      using main = await connect(lease.main.endpoint);
      expect(await users(lease.app)).toEqual(await users(main));
      using client = await connect(lease.leased.endpoint);
      expect(await client.send('AUTH', 'seeded', 'secret')).toBe('OK');
    });

    const baselineUsers: Record<string, readonly (readonly string[])[]> = {
      'makes a user': [['ACL', 'SETUSER', 'mine', 'on', 'nopass', '~*', '+@all']],
      'changes the rules of a user': [['ACL', 'SETUSER', 'seeded', 'off', '+flushall', '~more']],
      'drops a user': [['ACL', 'DELUSER', 'seeded']],
      'takes rights from the user that everybody is': [['ACL', 'SETUSER', 'default', '>password', '-flushall']],
      'sets a password': [['CONFIG', 'SET', 'requirepass', 'secret']],
      'hides it behind CONFIG RESETSTAT': [
        ['ACL', 'SETUSER', 'mine', 'on'],
        ['CONFIG', 'RESETSTAT'],
      ],
    };
    for (const [what, commands] of Object.entries(baselineUsers))
      it(`goes back after a test that ${what}`, async () => {
        const before = await users(lease.app);
        await lease.app.send('CONFIG', 'RESETSTAT');
        await lease.keeper.enter('test', 'undo');
        for (const command of commands) await lease.app.send(...command);
        expect(await users(lease.app)).not.toEqual(before);
        await lease.keeper.leave('test');
        expect(await users(lease.app)).toEqual(before);
        using client = await connect(lease.leased.endpoint);
        expect(await client.send('PING')).toBe('PONG');
        await lease.keeper.enter('test', 'undo');
        expect(await lease.keeper.leave('test')).toMatchObject({ how: 'none' });
      });

    it('keeps what a fixture has done to users for as long as the fixture lives', async () => {
      const before = await users(lease.app);
      await lease.keeper.enter('file', 'keep');
      await lease.app.send('ACL', 'SETUSER', 'fixture', 'on');
      const withFixture = await users(lease.app);
      await lease.keeper.enter('test', 'keep');
      await lease.app.send('ACL', 'DELUSER', 'fixture');
      await lease.keeper.leave('test');
      expect(await users(lease.app)).toEqual(withFixture);
      await lease.keeper.leave('file');
      expect(await users(lease.app)).toEqual(before);
    });

    it('says what is in the way when a test leaves no right to reset, and goes back when there is one again', async () => {
      await lease.keeper.enter('test', 'undo');
      await lease.app.send('SET', 'mine', '1');
      await lease.app.send('ACL', 'SETUSER', 'default', '-@all', '+acl');
      await expect(lease.keeper.leave('test')).rejects.toThrow(/NOPERM/);
      await lease.app.send('ACL', 'SETUSER', 'default', '+@all');
      await lease.keeper.enter('test', 'keep');
      expect(await stateOf(lease.app)).toEqual(lease.baseline);
    });

    it('is taken back although the test has ended all connections, ours too, with its writes', async () => {
      for (const round of [1, 2]) {
        await lease.keeper.enter('test', 'undo');
        await lease.app.send('SET', 'mine', String(round));
        await lease.app.send('SELECT', '3');
        await lease.app.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await lease.app.send('SELECT', '0');
        expect(await lease.keeper.leave('test')).toMatchObject({ how: 'restore', leaks: [] });
        expect(await stateOf(lease.app)).toEqual(lease.baseline);
      }
    });

    it('of a failed test is kept on the main server, where the app’s databases stay as they are', async () => {
      await lease.keeper.enter('test', 'undo');
      await lease.app.send('SET', 'mine', '1');
      const kept = await lease.keeper.keep?.('l_1');
      const left = await stateOf(lease.app);
      await lease.keeper.leave('test');

      using main = await connect(lease.main.endpoint);
      expect(await stateOf(main)).toEqual(lease.baseline);
      const { target } = readExternal('kept', kept?.url ?? '');
      expect(kept?.open).toBe(
        `redis-cli -u ${kept?.url} # of the lease's databases, 0 is ${target.database}, 7 is ${Number(target.database) + 1}`,
      );
      const state = Object.entries(await stateOf(main, 81)).filter(([key]) => Number.parseInt(key, 10) >= 16);
      const expected = Object.entries(left).map(([key, value]) => [
        key.replace(/^\d+/, (database) => String(Number(target.database) + (database === '0' ? 0 : 1))),
        value,
      ]);
      expect(Object.fromEntries(state)).toEqual(Object.fromEntries(expected));
      await main.send('SELECT', String(target.database));
      await main.send('FLUSHDB');
    });
  },
  (main) => main.send(...SEEDED_USER),
);
