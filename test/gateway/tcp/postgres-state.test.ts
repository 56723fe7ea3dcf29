import { expect, it } from 'vitest';
import { createPostgresState } from '../../../src/gateway/tcp/postgres-state.ts';
import type { WireState } from '../../../src/gateway/tcp/wire-state.ts';

function message(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(type.length + 4);
  head.write(type);
  head.writeUInt32BE(bytes.length + 4, type.length);
  return Buffer.concat([head, bytes]);
}
const code = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const SSL = message('', code(80_877_103));
const START = message('', Buffer.concat([code(196_608), Buffer.from('user\0me\0\0')]));
const ready = (status: string) => message('Z', status);
const query = (text: string) => message('Q', `${text}\0`);
const ROWS = Buffer.concat([message('T', 'description'), message('D', 'x'.repeat(3_000)), message('C', 'SELECT 1\0')]);
const BATCH = Buffer.concat([message('P', 'select 1'), message('B'), message('D'), message('E')]);
const SYNC = message('S');

type Step = readonly ['client' | 'server', Buffer] | boolean;
const STORIES: Readonly<Record<string, readonly Step[]>> = {
  'a log-in, encryption refused before it': [
    ['client', SSL],
    true,
    ['server', Buffer.from('N')],
    ['client', START],
    false,
    ['server', Buffer.concat([message('R', code(3)), message('S', 'a\0b\0')])],
    ['client', message('p', 'secret')],
    false,
    ['server', Buffer.concat([message('R', code(0)), ready('I')])],
    true,
  ],
  'a query and a transaction': [
    ['client', query('select 1')],
    false,
    ['server', Buffer.concat([ROWS, ready('I')])],
    true,
    ['client', query('begin')],
    ['server', ready('T')],
    false,
    ['client', query('bad')],
    ['server', Buffer.concat([message('E', 'SERROR\0'), ready('E')])],
    false,
    ['client', query('rollback')],
    ['server', ready('I')],
    true,
  ],
  'the extended protocol: with its Sync, before it, and many at once': [
    ['client', BATCH],
    ['client', message('H')],
    ['server', ROWS],
    false,
    ['client', SYNC],
    false,
    ['server', ready('I')],
    true,
    ['client', Buffer.concat([BATCH, SYNC, BATCH, SYNC])],
    ['server', Buffer.concat([ROWS, ready('I')])],
    false,
    ['server', Buffer.concat([ROWS, ready('I')])],
    true,
  ],
  'COPY by a simple query': [
    ['client', query('copy t from stdin')],
    ['server', message('G', 'x')],
    false,
    ['client', Buffer.concat([message('d', 'row'), message('c')])],
    false,
    ['server', Buffer.concat([message('C'), ready('I')])],
    true,
  ],
  'COPY by the extended protocol: the server passes over the Sync before the data': [
    ['client', Buffer.concat([BATCH, SYNC])],
    ['server', message('G', 'x')],
    false,
    ['client', Buffer.concat([message('d', 'row'), message('c'), SYNC])],
    false,
    ['server', ready('I')],
    true,
  ],
  'COPY by the extended protocol, all sent before the server has answered': [
    ['client', Buffer.concat([BATCH, SYNC, message('d', 'row'), message('c'), SYNC])],
    ['server', message('G', 'x')],
    false,
    ['server', ready('I')],
    true,
    ['client', query('select 1')],
    false,
    ['server', ready('I')],
    true,
  ],
  'COPY that fails in the middle': [
    ['client', query('copy t from stdin')],
    ['server', message('G', 'x')],
    ['client', message('d', 'row')],
    ['server', Buffer.concat([message('E', 'SERROR\0'), ready('I')])],
    true,
  ],
};

function tell(state: WireState, steps: readonly Step[], pieces: (bytes: Buffer) => readonly Buffer[]): void {
  for (const [index, step] of steps.entries()) {
    if (typeof step === 'boolean') expect(state.isQuiet(), `after step ${index}`).toBe(step);
    else
      for (const piece of pieces(step[1]))
        if (step[0] === 'client') state.fromClient(piece);
        else state.fromServer(piece);
  }
}
const loggedIn: readonly Step[] = [
  ['client', START],
  ['server', ready('I')],
];
const whole = (bytes: Buffer) => [bytes];
const byByte = (bytes: Buffer) => [...bytes].map((byte) => Buffer.from([byte]));

for (const [name, steps] of Object.entries(STORIES))
  it(`knows when nothing is open: ${name}; however the bytes are cut`, () => {
    const start = name.includes('log-in') ? [] : loggedIn;
    for (const pieces of [whole, byByte]) tell(createPostgresState(), [...start, ...steps], pieces);
  });

it('lets pass what ends a transaction, message by message, and nothing that begins the next', () => {
  const state = createPostgresState();
  tell(state, [...loggedIn, ['client', query('begin')], ['server', ready('T')]], whole);
  const [insert, commit] = [query('insert'), query('commit')];
  const waiting = Buffer.concat([insert, commit, query('begin')]);
  expect(state.measure(waiting)).toBe(insert.length);
  tell(state, [['client', insert]], whole);
  expect(state.measure(waiting.subarray(insert.length))).toBe(0);
  tell(state, [['server', ready('T')]], whole);
  expect(state.measure(waiting.subarray(insert.length))).toBe(commit.length);
  tell(state, [['client', commit], ['server', ready('I')], true], whole);
  expect(state.measure(query('begin'))).toBe(0);
});

it('lets a batch come to its Sync, and the rest of a message that has begun', () => {
  const state = createPostgresState();
  const [parse, bind] = [message('P', 'x'.repeat(100)), message('B')];
  tell(state, [...loggedIn, ['client', Buffer.concat([parse, bind.subarray(0, 3)])]], whole);
  expect(state.measure(bind.subarray(3))).toBe(2); // of the length; of the rest when it is known
  tell(state, [['client', bind.subarray(3)]], whole);
  expect(state.measure(SYNC)).toBe(5);
  tell(state, [['client', SYNC]], whole);
  expect(state.measure(BATCH)).toBe(0);
});

it('takes a message of which only a part has come for nothing yet', () => {
  const state = createPostgresState();
  tell(state, [...loggedIn, ['client', query('update everything').subarray(0, 9)], true], whole);
});

it('knows nothing of what is encrypted', () => {
  const state = createPostgresState();
  tell(state, [['client', SSL], ['server', Buffer.from('S')], ['client', Buffer.from('\x16\x03\x01...')], true], whole);
});
