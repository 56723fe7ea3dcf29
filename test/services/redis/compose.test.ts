import { expect, it } from 'vitest';
import type { ComposeService } from '../../../src/core/service.ts';
import { fromCompose } from '../../../src/services/redis/compose.ts';

const service = (given: Partial<ComposeService>): ComposeService => ({
  name: 'cache',
  tag: '7-alpine',
  environment: {},
  command: [],
  mounts: [],
  ...given,
});

it('takes flags as settings, the password as an option, and says what of persistence is not honoured', () => {
  const command = [
    'redis-server',
    '--requirepass',
    'secret',
    '--maxmemory',
    '64mb',
    '--save',
    '20',
    '1',
    '--appendonly',
    'yes',
    '--port',
    '6380',
  ];
  expect(fromCompose(service({ command, mounts: [{ source: undefined, target: '/data' }] }))).toEqual({
    options: { password: 'secret', settings: { maxmemory: '64mb' } },
    init: [],
    notes: [
      '--save 20 1 is not honoured: nothing is written to disk',
      '--appendonly yes is not honoured: nothing is written to disk',
      '--port 6380 is not honoured: Seatrial chooses it',
      'the data volume at /data is not used: each run gets fresh data',
    ],
  });
});

it('takes the password of the Bitnami images, and asks for nothing when there is nothing', () => {
  expect(fromCompose(service({ environment: { REDIS_PASSWORD: 'x' } })).options).toEqual({ password: 'x' });
  expect(fromCompose(service({}))).toEqual({ options: {}, init: [], notes: [] });
});

it('says that a configuration file is not read', () => {
  const { notes } = fromCompose(
    service({ command: ['redis-server', '/etc/redis.conf'], mounts: [{ source: '/p/r.conf', target: '/etc/redis.conf' }] }),
  );
  expect(notes).toHaveLength(2);
});
