import { describe, expect, test } from 'vitest';
import { runWithMarks as run } from '../runners/record-marks.ts';
import { jest, mocha, nodeTest, vitest } from '../runners/runner-cases.ts';

const SUITE = `
  beforeAll(() => tell('before all'));
  beforeEach(() => tell('before each'));
  afterEach(() => tell('after each'));
  afterAll(() => tell('after all'));
  describe('outer', () => {
    test('first', () => tell('first'));
    test.skip('skipped', () => tell('skipped'));
    test('fails', async () => { await tell('fails'); throw new Error('boom'); });
    describe('inner', () => {
      beforeAll(() => tell('before inner'));
      afterAll(() => tell('after inner'));
      test('nested', () => tell('nested'));
    });
  });
  describe('end', () => { test('last', () => tell('last')); });\n`;

test.each([vitest(5), vitest(3, '--pool', 'threads'), jest(30, '-i'), jest(29, '-w', '2')])(
  'The end of a test is told with the begin of the next one of its block, where nothing lies between: $title',
  async (runner) => {
    const text = `
      test('one', () => {});
      test('two', () => {});
      describe('block', () => { beforeAll(() => {}); test('three', () => {}); test('four', () => {}); });
      test('five', () => {});
      test.skip('six', () => {});
      test('seven', () => {});\n`;
    const { together } = await run(runner, { 'a.test.js': text }, { exitCode: 0 });
    expect(together).toEqual(['one, two', 'block > three, block > four']);
  },
);

/** Every hook of a test lies between its marks; those of the file lie outside, and the next test may keep what they wrote. */
const MARKS = `
  before all
begin l1 [a.test.js] outer > first (keep)
  before each
  first
  after each
end l1 outer > first passed
begin l1 [a.test.js] outer > fails (undo)
  before each
  fails
  after each
end l1 outer > fails failed: boom
  before inner
begin l1 [a.test.js] outer > inner > nested (keep)
  before each
  nested
  after each
end l1 outer > inner > nested passed
  after inner
begin l1 [a.test.js] end > last (keep)
  before each
  last
  after each
end l1 end > last passed
  after all`.slice(1);

describe('Marks of', () => {
  test.each([
    vitest(5, '--pool', 'forks'),
    vitest(5, '--pool', 'threads'),
    vitest(5, '--pool', 'vmForks'),
    vitest(5, '--pool', 'vmThreads'),
    vitest(5, '--no-isolate'),
    vitest(4, '--pool', 'threads'),
    vitest(4, '--pool', 'vmForks'),
    vitest(3, '--pool', 'forks'),
    vitest(3, '--pool', 'vmThreads'),
  ])('$title enclose a test with all its hooks', async (runner) => {
    expect((await run(runner, { 'a.test.js': SUITE })).marks).toBe(`enter l1 file\n${MARKS}\nleave l1 file`);
  });

  test.each([jest(30, '-i'), jest(29, '-i')])('$title enclose a test with all its hooks', async (runner) => {
    // What is set up before the next file is loaded belongs to that file.
    expect((await run(runner, { 'a.test.js': SUITE })).marks).toBe(`enter l1 file\n${MARKS}\nleave l1 file\nenter l1 file`);
  });

  test.each([jest(30, '-w', '2'), jest(29, '-w', '2'), jest(30, '-w', '2', '--workerThreads')])(
    '$title: two workers, each with a lease',
    async (runner) => {
      const meet = `test('meets', async () => { await tell('here'); });\n`;
      const { marks } = await run(runner, { 'a.test.js': meet, 'b.test.js': meet }, { exitCode: 0 });
      const begins = marks.split('\n').filter((mark) => mark.startsWith('begin'));
      expect(begins.map((mark) => mark.slice('begin l1 '.length)).sort()).toEqual([
        '[a.test.js] meets (keep)',
        '[b.test.js] meets (keep)',
      ]);
    },
  );

  test.each([mocha(10), mocha(11), mocha(12)])('$title, whose main process is the worker', async (runner) => {
    // All hooks of the root are around all files.
    const { marks } = await run(runner, { 'a.test.js': SUITE });
    expect(marks).toBe(MARKS.replace('before all\n', 'before all\nenter l1 file\n'));
  });

  test.each([mocha(10, '--parallel', '--jobs', '2'), mocha(12, '--parallel', '--jobs', '2')])(
    '$title enclose a test with all its hooks',
    async (runner) => {
      expect((await run(runner, { 'a.test.js': SUITE })).marks).toBe(`enter l1 file\n${MARKS}`);
    },
  );

  test.each([nodeTest(), nodeTest('--test-isolation=none')])('$title enclose a test with all its hooks', async (runner) => {
    expect((await run(runner, { 'a.test.js': SUITE })).marks).toBe(`enter l1 file\n${MARKS}`);
  });
});

describe('A retried test', () => {
  const retried = `let tries = 0;
    retried('twice', async () => { await tell('try ' + ++tries); if (tries < 2) throw new Error('again'); });
    test('after it', () => tell('after it'));\n`;

  test.each([vitest(5), vitest(3), mocha(12)])('of $title is a test of its own each time', async (runner) => {
    const { marks } = await run(runner, { 'a.test.js': retried }, { exitCode: 0 });
    expect(marks.split('\n').filter((mark) => !/ file$/.test(mark))).toEqual([
      'begin l1 [a.test.js] twice (keep)',
      '  try 1',
      expect.stringMatching(/^end l1 twice failed/),
      'begin l1 [a.test.js] twice (undo)',
      '  try 2',
      'end l1 twice passed',
      'begin l1 [a.test.js] after it (undo)',
      '  after it',
      'end l1 after it passed',
    ]);
  });

  test('of Jest runs again after the others', async () => {
    const { marks } = await run(jest(30, '-i'), { 'a.test.js': retried }, { exitCode: 0 });
    expect(marks.split('\n').filter((mark) => mark.startsWith('begin'))).toEqual([
      'begin l1 [a.test.js] twice (keep)',
      'begin l1 [a.test.js] after it (undo)',
      'begin l1 [a.test.js] twice (undo)',
    ]);
  });
});
