import { describe, expect, test } from 'vitest';
import { SeatrialError } from '../../src/errors.ts';
import { runWithMarks } from '../runners/record-marks.ts';
import { jest, mocha, nodeTest, type RunnerCase, vitest } from '../runners/runner-cases.ts';

const RUNNERS: readonly RunnerCase[] = [
  vitest(5),
  vitest(3, '--pool', 'threads'),
  jest(30, '-i'),
  jest(29, '-i'),
  mocha(12),
  nodeTest(),
];
const TWO = `test('one', () => tell('one')); test('two', () => tell('two'));\n`;

describe('A test fails with the reason', () => {
  test.each(RUNNERS)('when it cannot begin: $title', async (runner) => {
    const { marks, output } = await runWithMarks(
      runner,
      { 'a.test.js': TWO },
      {
        prepare: ({ door }) => {
          const { begin } = door.states;
          Object.assign(door.states, {
            begin: (...[lease, mark, between]: Parameters<typeof begin>) => {
              if (mark.name === 'one')
                throw new SeatrialError('SEATRIAL_RESET_FAILED', 'the server has gone', { hint: 'look at its log' });
              return begin(lease, mark, between);
            },
          });
        },
      },
    );
    expect(output).toContain('Seatrial cannot begin "one": the server has gone (SEATRIAL_RESET_FAILED; look at its log)');
    expect(marks.split('\n').filter((mark) => !/ file$/.test(mark))).toEqual([
      'begin l1 [a.test.js] two (undo)',
      '  two',
      'end l1 two passed',
    ]);
  });

  test.each(RUNNERS)('when its state could not be reset, and the others go on: $title', async (runner) => {
    const { marks, output } = await runWithMarks(
      runner,
      { 'a.test.js': `${TWO} test('three', () => {});\n` },
      {
        prepare: ({ door }) => {
          const { end } = door.states;
          let count = 0;
          Object.assign(door.states, {
            end: (...args: Parameters<typeof end>) => {
              if (++count === 1)
                throw new SeatrialError('SEATRIAL_RESET_FAILED', 'the server has gone', { hint: 'look at its log' });
              return end(...args);
            },
          });
        },
      },
    );
    expect(output).toMatch(
      /Seatrial cannot reset after "one"(, or begin "two")?: the server has gone \(SEATRIAL_RESET_FAILED; look at its log\)/,
    );
    expect(marks).toContain('end l1 three passed');
  });
});

test.each([vitest(5), vitest(3, '--pool', 'threads'), jest(30, '-i'), jest(29, '-w', '2')])(
  'A file whose state could not be reset fails the run with the reason, and the results of its tests stay: $title',
  async (runner) => {
    const { output } = await runWithMarks(
      runner,
      { 'a.test.js': TWO, 'b.test.js': TWO },
      {
        prepare: ({ door }) => {
          const { leave } = door.states;
          Object.assign(door.states, {
            leave: (...[lease, scope]: Parameters<typeof leave>) => {
              if (scope === 'file')
                throw new SeatrialError('SEATRIAL_RESET_FAILED', 'the server has gone', { hint: 'look at its log' });
              return leave(lease, scope);
            },
          });
        },
      },
    );
    for (const file of ['a', 'b'])
      expect(output).toContain(
        `Seatrial cannot reset after ${file}.test.js: the server has gone (SEATRIAL_RESET_FAILED; look at its log)`,
      );
    expect(output).toMatch(/Tests:? .*4 passed/);
  },
);

describe('Tests that overlap', () => {
  const wait = `async () => { await tell('in'); await tell('out'); }`;
  const overlap = {
    vitest: `test.concurrent('one', ${wait}); test.concurrent('two', ${wait});`,
    jest: `test.concurrent('one', ${wait}); test.concurrent('two', ${wait});`,
    'node:test': `describe('both', { concurrency: true }, () => { test('one', ${wait}); test('two', ${wait}); });`,
  };

  test.each([
    { ...vitest(5), text: overlap.vitest },
    { ...vitest(3), text: overlap.vitest },
    { ...jest(30, '-i'), text: overlap.jest },
    { ...nodeTest(), text: overlap['node:test'] },
  ])('are told once a file: $title', async ({ text, ...runner }) => {
    const { marks, output } = await runWithMarks(
      runner,
      { 'a.test.js': `${text}\n${text.replaceAll(/'(one|two)'/g, "'$1 again'")}` },
      { exitCode: 0 },
    );
    expect(output.match(/^(# )?Seatrial resets nothing between overlapping tests of a\.test\.js: \d others ran$/gm)).toHaveLength(
      1,
    );
    expect(marks.match(/^begin/gm)).toHaveLength(4);
  });

  test('are told for Jest 29, which starts them before all others', async () => {
    const { marks, output } = await runWithMarks(
      jest(29, '-i'),
      { 'a.test.js': `test('first', () => {});\n${overlap.jest}` },
      { exitCode: 0 },
    );
    expect(output.match(/^Seatrial resets nothing .* a\.test\.js: .* Jest before 30 /gm)).toHaveLength(1);
    expect(marks).not.toContain('begin');
  });
});

describe('Marks are told', () => {
  const FAKE = {
    vitest: `import { vi } from 'vitest'; vi.mock('node:net'); vi.mock('node:http');
      beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] }));`,
    jest: `jest.mock('node:net'); jest.mock('node:http');
      beforeEach(() => jest.useFakeTimers());`,
    'node:test': `import { mock } from 'node:test'; import net from 'node:net'; net.connect = net.Socket = () => { throw new Error('no net'); };
      beforeEach(() => mock.timers.enable()); afterEach(() => mock.timers.reset());`,
  };

  test.each([
    { ...vitest(5), fake: FAKE.vitest },
    { ...jest(30, '-i'), fake: FAKE.jest },
    { ...nodeTest(), fake: FAKE['node:test'] },
  ])('under fake timers and with a network that is mocked: $title', async ({ fake, ...runner }) => {
    const { marks } = await runWithMarks(
      runner,
      { 'a.test.js': `${fake} test('one', () => {}); test('two', () => {});\n` },
      { exitCode: 0 },
    );
    expect(marks).toContain('end l1 one passed\nbegin l1 [a.test.js] two (undo)\nend l1 two passed');
  });

  test.each([vitest(5), nodeTest()])('from the test on in which the lease is taken: $title', async (runner) => {
    const late = `test('one', () => {}); test('two', async () => { process.env.DATABASE_URL; await tell('two'); }); test('three', () => {});\n`;
    const { marks } = await runWithMarks(runner, { 'a.test.js': late }, { exitCode: 0, leasesLate: true });
    expect(marks.split('\n').slice(0, 6)).toEqual([
      'enter l1 file',
      'begin l1 [a.test.js] two (keep)',
      '  two',
      'end l1 two passed',
      'begin l1 [a.test.js] three (undo)',
      'end l1 three passed',
    ]);
  });

  test('without scopes when nothing is reset', async () => {
    const { marks } = await runWithMarks(vitest(5), { 'a.test.js': TWO }, { exitCode: 0, isolation: 'worker' });
    expect(marks).toBe(
      [
        'begin l1 [a.test.js] one (keep)',
        '  one',
        'end l1 one passed',
        'begin l1 [a.test.js] two (undo)',
        '  two',
        'end l1 two passed',
      ].join('\n'),
    );
  });
});
