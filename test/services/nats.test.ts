import { describe, expect, it } from 'vitest';
import type { ServiceRequest } from '../../src/core/service.ts';
import { fromCompose } from '../../src/services/nats/compose.ts';
import { toConfigFile } from '../../src/services/nats/config-file.ts';
import { natsOptions, readOptions } from '../../src/services/nats/options.ts';
import { encodePublication, parseOperations } from '../../src/services/nats/protocol.ts';
import { matchesSubject } from '../../src/services/nats/subjects.ts';

const request = (options: ServiceRequest['options']): ServiceRequest => ({
  name: 'nats',
  project: 'shop',
  version: undefined,
  options,
  init: [],
  url: undefined,
  allowReset: false,
});

it('reads a compose service, and says what is not honoured', () => {
  const command = [
    '-js',
    '--user=app',
    '--pass',
    'secret',
    '-m',
    '8222',
    '-c',
    '/etc/nats.conf',
    '--cluster',
    'nats://0.0.0.0:6222',
  ];
  const mounts = [{ source: undefined, target: '/data' }];
  expect(fromCompose({ name: 'nats', tag: '2', environment: {}, command, mounts })).toEqual({
    options: { user: 'app', password: 'secret' },
    init: [],
    notes: [
      'the monitoring port is not opened',
      'the file /etc/nats.conf is not read: put what matters under `settings`',
      '--cluster nats://0.0.0.0:6222 is not honoured',
      'the mount at /data is not used: each run gets fresh data',
    ],
  });
});

describe('the options', () => {
  it.for([
    [{ settings: { port: 4222 } }, /port is chosen by Seatrial/],
    [{ settings: { 'a b': 1 } }, /"a b" is no setting/],
    [{ user: 'app' }, /go together/],
    [{ user: 'app', password: 'x', token: 'y' }, /goes without a user/],
  ] as const)('refuse %o', ([options, message]) => {
    expect(() => readOptions(request(options as ServiceRequest['options']))).toThrow(message);
  });

  it('are all described, and JetStream is on', () => {
    expect(Object.keys(natsOptions)).toEqual(Object.keys(readOptions(request({}))));
    expect(readOptions(request({})).jetstream).toBe(true);
  });
});

it('writes settings as the server reads them', () => {
  expect(toConfigFile({ max_payload: '64KB', 'jetstream.max_mem': '1GB', 'jetstream.domain': 'a b', debug: 'true' })).toBe(
    'max_payload: 64KB\ndebug: true\njetstream {\nmax_mem: 1GB\ndomain: "a b"\n}',
  );
});

describe('the protocol', () => {
  it('is read in whichever pieces it comes', () => {
    const bytes = Buffer.from(
      'INFO {"a":1}\r\nMSG a.b 1 5\r\nhe\r\no\r\nHMSG a 2 re 20 23\r\nNATS/1.0\r\nK: v:1\r\n\r\nxyz\r\nPING\r\n',
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      const first = parseOperations(bytes.subarray(0, cut));
      const second = parseOperations(Buffer.concat([first.rest, bytes.subarray(cut)]));
      const all = [...first.operations, ...second.operations];
      expect(all.map(({ op }) => op)).toEqual(['INFO', 'MSG', 'MSG', 'PING']);
      expect(all[1]).toMatchObject({ message: { subject: 'a.b', sid: '1', reply: undefined, body: Buffer.from('he\r\no') } });
      expect(all[2]).toMatchObject({ message: { subject: 'a', reply: 're', headers: { K: 'v:1' }, body: Buffer.from('xyz') } });
      expect(second.rest.length).toBe(0);
    }
    expect(() => parseOperations(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(/not the protocol/);
  });

  it('is written with and without headers', () => {
    expect(encodePublication({ subject: 'a', body: Buffer.from('xy'), reply: 'r' }).toString()).toBe('PUB a r 2\r\nxy\r\n');
    expect(encodePublication({ subject: 'a', body: Buffer.from('xy'), headers: { K: 'v' } }).toString()).toBe(
      'HPUB a 18 20\r\nNATS/1.0\r\nK: v\r\n\r\nxy\r\n',
    );
  });
});

it.for([
  ['a.b', 'a.b', true],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['>', 'a', true],
  ['a', 'a.b', false],
] as const)('matches %s with %s: %s', ([pattern, subject, expected]) => {
  expect(matchesSubject(pattern, subject)).toBe(expected);
});
