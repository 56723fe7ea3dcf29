import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/event.ts';
import type { ResetReport, StateKeeper } from '../../src/core/reset.ts';
import { createEventStream } from '../../src/observe/event-stream.ts';
import { createLeaseStates, type LeaseStateOptions } from '../../src/session/lease-states.ts';

const REPORT: ResetReport = { how: 'rewind', ms: 1, changed: 2, leaks: [] };
const PASSED = { outcome: 'passed', ms: 3 } as const;
const A = { name: 'a', file: 'x.test.ts' };
const B = { name: 'b' };

/** States over a keeper that writes down what it is told, and acts in later turns of the event loop. */
function openStates(
  options: Partial<LeaseStateOptions> & { failing?: () => boolean; undone?: ResetReport; goesOn?: boolean } = {},
) {
  const told: string[] = [];
  const seen: RunEvent[] = [];
  const tell = async (text: string) => {
    told.push(`${text}(`);
    await new Promise(setImmediate);
    told.push(')');
  };
  const keeper: StateKeeper = {
    enter: async (scope, between) => {
      await tell(`enter ${scope} ${between}`);
      return options.undone;
    },
    leave: async (scope) => {
      await tell(`leave ${scope}`);
      if (options.failing?.()) throw new Error('the table is gone');
      return REPORT;
    },
    ...(options.goesOn && {
      again: async () => {
        await tell('again');
        if (options.failing?.()) throw new Error('the table is gone');
        return REPORT;
      },
    }),
    diff: async () => [{ table: 't', op: 'insert', after: { id: 1 } }],
    keep: async (name) => ({ url: `postgres://${name}`, open: `psql ${name}` }),
    [Symbol.asyncDispose]: async () => {},
  };
  const events = createEventStream();
  events.subscribe((event) => seen.push(event));
  const states = createLeaseStates({
    keepers: (lease) => (lease === 'l' ? Promise.resolve({ db: keeper }) : undefined),
    events,
    keepFailed: false,
    ...options,
  });
  return { states, emit: events.emit, told: () => told.join(''), types: () => seen.map(({ type }) => type), seen };
}

describe('a test whose end is told with the next one', () => {
  const twoTests = async (options: Parameters<typeof openStates>[0]) => {
    const opened = openStates(options);
    const { test: first } = await opened.states.begin('l', A, 'keep');
    const begun = await opened.states.begin('l', B, 'undo', { test: first.id, ...PASSED });
    return { ...opened, first, begun };
  };

  test('is reset before that begins, in one go', async () => {
    const { told, seen, first, begun } = await twoTests({ goesOn: true });
    expect(begun).toMatchObject({ test: B, overlapping: false, ended: { reset: { reports: { db: REPORT } } } });
    expect(told()).toBe('enter test keep()again()');
    expect(seen.slice(1)).toMatchObject([
      { type: 'test.finished', test: first, result: PASSED },
      { type: 'lease.reset', scope: 'test', test: first },
      { type: 'test.started', test: begun.test },
    ]);
  });

  test.for<[string, Parameters<typeof openStates>[0]]>([
    ['the keeper knows no better', {}],
    ['the app is to clear its memory in between', { goesOn: true, onReset: async () => {} }],
    ['failed states are kept', { goesOn: true, keepFailed: true }],
  ])('is left, and the next one entered, where %s', async ([, options]) => {
    const { told, types } = await twoTests(options);
    expect(told()).toBe('enter test keep()leave test()enter test undo()');
    expect(types()).toEqual(['test.started', 'test.finished', 'lease.reset', 'test.started']);
  });

  test('keeps the next one from beginning when its reset fails; the one after that can begin', async () => {
    let fails = true;
    const { states } = openStates({ goesOn: true, failing: () => fails });
    const { test: first } = await states.begin('l', A, 'keep');
    await expect(states.begin('l', B, 'undo', { test: first.id, ...PASSED })).rejects.toMatchObject({
      code: 'SEATRIAL_RESET_FAILED',
    });
    fails = false;
    expect(await states.begin('l', B, 'undo')).toMatchObject({ overlapping: false });
  });

  test('is not reset while another still runs', async () => {
    const { states, told } = openStates({ goesOn: true });
    const { test: first } = await states.begin('l', A, 'keep');
    await states.begin('l', B, 'undo');
    const third = await states.begin('l', { name: 'c' }, 'undo', { test: first.id, ...PASSED });
    expect(third).toMatchObject({ overlapping: true, ended: { refused: expect.stringContaining('b still ran') } });
    expect(told()).toBe('enter test keep()');
  });
});

describe('a test', () => {
  test('is entered when it begins and left when it ends, and both are events', async () => {
    const { states, told, seen } = openStates();
    const { test: mark, overlapping } = await states.begin('l', A, 'undo');
    expect([mark, overlapping]).toEqual([{ id: '1', ...A }, false]);
    const ended = await states.end('l', mark.id, PASSED);
    expect(ended).toMatchObject({ reset: { reports: { db: REPORT } } });
    expect(told()).toBe('enter test undo()leave test()');
    expect(seen).toMatchObject([
      { type: 'test.started', lease: 'l', test: mark },
      { type: 'test.finished', result: PASSED },
      { type: 'lease.reset', scope: 'test', test: mark, reports: { db: REPORT } },
    ]);
  });

  test('whose begin undoes late writes tells of that', async () => {
    const late: ResetReport = { ...REPORT, leaks: [{ kind: 'write', text: 'came late' }] };
    const { states, seen } = openStates({ undone: late });
    await states.begin('l', A, 'undo');
    expect(seen[0]).toMatchObject({ type: 'lease.reset', reports: { db: late } });
    expect(seen[0]).not.toHaveProperty('test');
  });

  test('whose service dies fails at once, as does each that follows, and none of them is taken to be running', async () => {
    const { states, emit, types } = openStates();
    const { test: mark } = await states.begin('l', A, 'undo');
    const ending = states.end('l', mark.id, PASSED);
    await new Promise(setImmediate);
    emit({ type: 'service.died', service: 'db', death: { exitCode: null, signal: 'SIGKILL' }, logTail: [] });
    const failure = { code: 'SEATRIAL_SERVICE_DIED', message: 'db died (SIGKILL)' };
    await expect(ending).rejects.toMatchObject(failure);
    await expect(states.begin('l', A, 'undo')).rejects.toMatchObject(failure);
    await expect(states.begin('l', B, 'undo')).rejects.toMatchObject(failure);
    expect(types()).not.toContain('test.overlap');
    emit({ type: 'service.ready', service: 'db', ms: 1, port: 1 });
    await expect(states.begin('l', B, 'undo')).resolves.toMatchObject({ overlapping: false });
  });

  test('whose own server dies fails; the end of another lease’s server is none of its business', async () => {
    const { states, emit } = openStates();
    const die = (lease: string) =>
      emit({ type: 'service.died', service: 'db', lease, death: { exitCode: 1, signal: null }, logTail: [] });
    die('other');
    const { test: mark } = await states.begin('l', A, 'undo');
    const ending = states.end('l', mark.id, PASSED);
    await new Promise(setImmediate);
    die('l');
    const failure = { code: 'SEATRIAL_SERVICE_DIED', message: 'db of lease l died (exit code 1)' };
    await expect(ending).rejects.toMatchObject(failure);
    await expect(states.begin('l', A, 'undo')).rejects.toMatchObject(failure);
    emit({ type: 'lease.ended', lease: 'l', key: { runner: 'vitest', mainPid: 1, slot: '1' }, reason: 'released' });
    await expect(states.begin('l', A, 'undo')).resolves.toMatchObject({ overlapping: false });
  });

  test('that overlaps others is noticed, and one reset is made when the last has ended', async () => {
    const { states, told, types } = openStates();
    const [a, b] = await Promise.all([states.begin('l', A, 'undo'), states.begin('l', B, 'undo')]);
    expect([a.overlapping, b.overlapping]).toEqual([false, true]);
    expect(await states.end('l', a.test.id, PASSED)).toEqual({ refused: "b still ran: one worker's tests overlap" });
    await expect(states.leave('l', 'test')).resolves.toBeDefined(); // one test is left: it may reset itself
    expect(await states.end('l', b.test.id, PASSED)).toHaveProperty('reset');
    expect(told()).toBe('enter test undo()leave test()leave test()');
    expect(types().filter((type) => type === 'test.overlap')).toHaveLength(1);
  });

  test('can not be reset while others run beside it', async () => {
    const { states } = openStates();
    await states.begin('l', A, 'undo');
    await states.begin('l', B, 'undo');
    await expect(states.leave('l', 'test')).rejects.toMatchObject({
      code: 'SEATRIAL_TESTS_OVERLAP',
      details: { tests: ['a', 'b'] },
    });
  });

  test('that does not run, or a lease that is not held, is refused by its name', async () => {
    const { states } = openStates();
    await expect(states.end('l', '7', PASSED)).rejects.toMatchObject({ code: 'SEATRIAL_TEST_NOT_FOUND' });
    await expect(states.begin('gone', A, 'keep')).rejects.toMatchObject({ code: 'SEATRIAL_LEASE_NOT_FOUND' });
  });

  test('whose reset fails is told, and the next one begins all the same', async () => {
    let failing = true;
    const { states, types } = openStates({ failing: () => failing });
    const { test: mark } = await states.begin('l', A, 'undo');
    await expect(states.end('l', mark.id, PASSED)).rejects.toMatchObject({
      code: 'SEATRIAL_RESET_FAILED',
      message: expect.stringContaining('the table is gone'),
    });
    expect(types()).toContain('lease.reset-failed');
    failing = false;
    const next = await states.begin('l', B, 'undo');
    expect(await states.end('l', next.test.id, PASSED)).toHaveProperty('reset');
  });
});

test('calls on one lease come one after another, whoever makes them', async () => {
  const { states, told } = openStates();
  await Promise.all([states.enter('l', 'run'), states.enter('l', 'file'), states.leave('l', 'file')]);
  expect(told()).toBe('enter run keep()enter file keep()leave file()');
});

test('the app hears of the reset at the end of a test, not of a wider scope; its failure is the failure of the reset', async () => {
  const heard: string[] = [];
  const { states } = openStates({ onReset: async (lease) => void heard.push(lease) });
  await states.leave('l', 'file');
  const { test: mark } = await states.begin('l', A, 'undo');
  await states.end('l', mark.id, PASSED);
  expect(heard).toEqual(['l']);
  const failing = openStates({ onReset: () => Promise.reject(new Error('the app answered 500')) });
  const begun = await failing.states.begin('l', A, 'undo');
  await expect(failing.states.end('l', begun.test.id, PASSED)).rejects.toThrow('the app answered 500');
});

test('with keepFailed the state of a failed test is kept before it is left, and only of a failed one', async () => {
  const { states, seen } = openStates({ keepFailed: true });
  for (const outcome of ['passed', 'failed'] as const) {
    const { test: mark } = await states.begin('l', A, 'undo');
    await states.end('l', mark.id, { outcome, ms: 1 });
  }
  expect(seen.filter(({ type }) => type === 'lease.kept')).toMatchObject([
    { test: { id: '2' }, kept: { db: { open: 'psql l_2' } } },
  ]);
});

test('diff answers the changes by service', async () => {
  const { states } = openStates();
  expect(await states.diff('l')).toEqual({ db: [{ table: 't', op: 'insert', after: { id: 1 } }] });
});
