import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { RunEvent, RunEventBody } from '../../src/core/event.ts';
import { createConsoleReporter } from '../../src/report/console-reporter.ts';

/** A reporter on a stream in memory, and what it has written so far. */
function openReporter({ quiet = false, tty = false, columns = 30 } = {}) {
  let text = '';
  const stream = Object.assign(new PassThrough(), { isTTY: tty, columns }) as unknown as NodeJS.WriteStream;
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const reporter = createConsoleReporter({
    quiet,
    titles: { db: 'PostgreSQL 18.4, embedded,', cache: 'Valkey 9.0, embedded,' },
    stream,
  });
  return {
    reporter,
    tell: (...events: RunEventBody[]) => {
      for (const event of events) reporter({ at: 0, ...event } as RunEvent);
      return text;
    },
  };
}

const READY: RunEventBody = { type: 'service.ready', service: 'db', ms: 51.7, port: 5000, data: 'made new' };
const DIED: RunEventBody = {
  type: 'service.died',
  service: 'db',
  death: { exitCode: null, signal: 'SIGKILL' },
  logTail: ['one', 'two'],
};

test('services, steps and output are told a line each, in columns', () => {
  const { tell, reporter } = openReporter();
  reporter.line('hello');
  const text = tell(
    { type: 'session.opened', session: 'x' },
    { type: 'service.starting', service: 'db', driver: 'embedded', version: '18.4' },
    { type: 'step.output', service: 'db', line: 'INFO running' },
    { type: 'step.finished', service: 'db', title: 'initdb', ms: 900, reused: false },
    { type: 'step.finished', service: 'db', title: 'migrate: up.sql', ms: 1234, reused: false },
    { type: 'step.finished', service: 'db', title: 'migrate: up.sql', ms: 0, reused: true },
    READY,
    { type: 'service.ready', service: 'cache', ms: 4, port: 6000 },
    { type: 'service.progress', service: 'cache', line: 'warning: old' },
    { type: 'cleanup.leftover', what: '/dev/shm/x' },
    { type: 'session.unwatched', why: 'EAGAIN' },
  );
  expect(text).toBe(`seatrial hello
seatrial db    | INFO running
seatrial db    migrate: up.sql done in 1.2 s
seatrial db    PostgreSQL 18.4, embedded, ready in 52 ms on port 5000 (made new)
seatrial cache Valkey 9.0, embedded, ready in 4 ms on port 6000
seatrial cache warning: old
seatrial: could not remove /dev/shm/x
seatrial: no watchdog can be kept alive (EAGAIN): if seatrial is killed, the next command of it cleans up
`);
});

test('a service that died is named with its end and its last lines, also when all else is quiet', () => {
  const expected = 'seatrial db died (SIGKILL). Its last log lines:\n  one\n  two\n';
  expect(openReporter().tell(DIED)).toBe(expected);
  const quiet = openReporter({ quiet: true });
  quiet.reporter.line('hello');
  const rest: RunEventBody[] = [
    READY,
    { type: 'service.progress', service: 'db', line: '1 MB' },
    { type: 'step.output', service: 'db', line: 'x' },
  ];
  expect(quiet.tell(...rest, DIED)).toBe(expected);
  expect(openReporter().tell({ ...DIED, death: { exitCode: 3, signal: null } })).toContain('died (exit code 3)');
  expect(openReporter().tell({ ...DIED, lease: 'a1' })).toContain('seatrial db of lease a1 died (SIGKILL)');
});

test('progress is overwritten in place on a terminal, cut at its width, and gone before the next line', () => {
  const { tell } = openReporter({ tty: true });
  const progress = (line: string): RunEventBody => ({ type: 'service.progress', service: 'db', line });
  const parts = tell(progress('1 MB of 20 MB'), progress('2 MB'), READY).split('\r\x1b[K');
  expect(parts).toHaveLength(3);
  expect(parts[0]?.length).toBe(29);
  expect(parts[1]).not.toContain('\n');
  expect(parts[2]?.endsWith('\n')).toBe(true);
});

test('elsewhere progress is a line now and then, not one for each step', () => {
  const { tell } = openReporter();
  const text = tell(
    ...Array.from({ length: 50 }, (_, i): RunEventBody => ({ type: 'service.progress', service: 'db', line: `${i} MB` })),
  );
  expect(text).toBe('seatrial db    0 MB\n');
});
