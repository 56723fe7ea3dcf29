import { expect, it } from 'vitest';
import type { ServiceRequest } from '../../src/core/service.ts';
import { fromCompose } from '../../src/services/etcd/compose.ts';
import { readSettings } from '../../src/services/etcd/options.ts';

const request = (settings: Readonly<Record<string, string | number | boolean>>): ServiceRequest => ({
  name: 'etcd',
  project: 'shop',
  version: undefined,
  options: { settings },
  init: [],
  url: undefined,
  allowReset: false,
});

it('reads flags and variables of a compose service, and says what is not honoured', () => {
  const command = [
    '/usr/local/bin/etcd',
    '--name',
    's1',
    '--max-request-bytes=4000000',
    '--enable-v2',
    '--cors',
    '*',
    '--auto-tls',
  ];
  const environment = {
    ETCD_QUOTA_BACKEND_BYTES: '1000000',
    ETCD_LISTEN_CLIENT_URLS: 'http://0.0.0.0:2379',
    ETCD_ROOT_PASSWORD: 'x',
  };
  const mounts = [{ source: undefined, target: '/etcd-data' }];
  expect(fromCompose({ name: 'etcd', tag: 'v3.5.21', environment, command, mounts })).toEqual({
    options: { settings: { 'quota-backend-bytes': '1000000', 'max-request-bytes': '4000000', 'enable-v2': 'true' } },
    init: [],
    notes: [
      'ETCD_ROOT_PASSWORD is not honoured',
      '--cors * is not honoured',
      '--auto-tls is not honoured',
      'the mount at /etcd-data is not used: each run gets fresh data',
    ],
  });
});

it('writes settings as words of the command line', () => {
  expect(readSettings(request({ 'max-request-bytes': 4000, 'enable-v2': true }))).toEqual([
    '--max-request-bytes=4000',
    '--enable-v2=true',
  ]);
});

it.for([
  ['listen-client-urls', /is chosen by Seatrial/],
  ['peer-auto-tls', /is chosen by Seatrial/],
  ['--name', /"--name" is no setting/],
] as const)('refuses the setting %s', ([name, message]) => {
  expect(() => readSettings(request({ [name]: 1 }))).toThrow(message);
});
