import { expect, it } from 'vitest';
import type { ServiceRequest } from '../../src/core/service.ts';
import { fromCompose } from '../../src/services/memcached/compose.ts';
import { readSettings } from '../../src/services/memcached/options.ts';

const request = (settings: Readonly<Record<string, string | number | boolean>>): ServiceRequest => ({
  name: 'cache',
  project: 'shop',
  version: undefined,
  options: { settings },
  init: [],
  url: undefined,
  allowReset: false,
});

it('reads the command of a compose service, and says what is not honoured', () => {
  const command = ['memcached', '-m', '128', '-I5m', '--conn-limit=512', '-p', '11212', '-vv', '-S', '-o', 'modern'];
  const mounts = [{ source: undefined, target: '/etc/sasl2' }];
  expect(fromCompose({ name: 'cache', tag: '1.6-alpine', environment: {}, command, mounts })).toEqual({
    options: { settings: { 'memory-limit': '128', 'max-item-size': '5m', 'conn-limit': '512', extended: 'modern' } },
    init: [],
    notes: ['-S is not honoured', 'the mount at /etc/sasl2 is not used'],
  });
});

it('writes settings as words of the command line', () => {
  expect(readSettings(request({ 'memory-limit': 128, 'disable-evictions': true }))).toEqual([
    '--memory-limit=128',
    '--disable-evictions',
  ]);
});

it.for([
  ['port', /port is chosen by Seatrial/],
  ['-m', /"-m" is no setting/],
] as const)('refuses the setting %s', ([name, message]) => {
  expect(() => readSettings(request({ [name]: 1 }))).toThrow(message);
});
