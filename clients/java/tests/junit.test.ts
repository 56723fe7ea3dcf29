import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openControl } from '../../../test/control/open-control.ts';
import { until } from '../../../test/helpers/until.ts';
import { runIn } from '../../../test/runners/run-child.ts';
import { findJdks, javaEnv, launch, marks } from './fixture.ts';

const MAIN = 'postgres://main@127.0.0.1/main';
const LEASED = 'postgres://app:secret@127.0.0.1/l1';

test('marks each test when all of its set-up and tear-down is inside, and each class', async () => {
  await using control = await openControl();
  await launch(control, ['LifeCycleTest']);
  expect(marks(control)).toEqual([
    'enter l1 file',
    'begin l1 first() keep',
    'end l1 t1 passed',
    'begin l1 is "second" – ünicode undo',
    'end l1 t1 passed',
    'begin l1 disabled() undo',
    'end l1 t1 skipped',
    'begin l1 given(int) > [1] 1 keep',
    'end l1 t1 passed',
    'begin l1 given(int) > [2] 2 undo',
    'end l1 t1 skipped',
    'begin l1 made() keep',
    'end l1 t1 passed',
    'begin l1 Off > never() undo',
    'end l1 t1 skipped',
    'begin l1 when paid > ships() keep',
    'end l1 t1 passed',
    'leave l1 file',
  ]);
  expect(control.door.helloes).toEqual([expect.stringMatching(/^junit\/\d+ seatrial-junit$/)]);
  await until(() => control.door.calls.includes('release l1 disconnected'));
});

test('tells why a test failed', async () => {
  await using control = await openControl();
  const told: unknown[] = [];
  const { states } = control.door;
  const end = states.end.bind(states);
  Object.assign(states, {
    end: (lease: string, id: string, result: { ms: number }) => {
      told.push(result);
      return end(lease, id, result as never);
    },
  });
  await launch(control, ['FailingTest'], { fails: true });
  expect(told).toEqual([
    {
      outcome: 'failed',
      ms: expect.any(Number),
      message: expect.stringMatching(/^java\.lang\.IllegalStateException: because\n\tat fixture/),
    },
  ]);
});

test('with an isolation that resets nothing only tests are marked', async () => {
  await using control = await openControl();
  await launch(control, ['FailingTest'], { isolation: 'worker', fails: true });
  expect(marks(control)).toEqual(['begin l1 fails() keep', 'end l1 t1 failed']);
});

test('what a class writes can be kept for the classes that follow', async () => {
  await using control = await openControl();
  await launch(control, ['FailingTest'], { config: { 'seatrial.class-fixtures': 'keep' }, fails: true });
  expect(marks(control)).toEqual(['begin l1 fails() keep', 'end l1 t1 failed']);
});

test('test code can ask for changes, reset, and write what stays', async () => {
  await using control = await openControl();
  await launch(control, ['ApiTest']);
  expect(marks(control)).toEqual([
    'enter l1 file',
    'begin l1 asks() keep',
    'leave l1 test',
    'enter l1 test',
    'enter l1 run',
    'enter l1 test',
    'end l1 t1 passed',
    'leave l1 file',
  ]);
  expect(control.door.calls.filter((call) => call.startsWith('diff'))).toEqual(['diff l1', 'diff l1']);
});

test('a seed gives the tests of a class a random order, the same each time', async () => {
  const orderOf = async (seed: string) => {
    await using control = await openControl();
    await launch(control, ['OrderTest'], { isolation: 'worker', env: { SEATRIAL_SHUFFLE_SEED: seed } });
    return marks(control)
      .filter((call) => call.startsWith('begin'))
      .map((call) => call.split(' ')[2])
      .join(' ');
  };
  const declared = await orderOf('');
  const shuffled = await orderOf('7');
  expect(shuffled).not.toBe(declared);
  expect(await orderOf('7')).toBe(shuffled);
  expect(shuffled.split(' ').sort()).toEqual(declared.split(' ').sort());
});

test('tests that a test launches are part of it', async () => {
  await using control = await openControl();
  await launch(control, ['LauncherTest']);
  expect(marks(control)).toEqual(['enter l1 file', 'begin l1 launchesOthers() keep', 'end l1 t1 passed', 'leave l1 file']);
});

test('tests that run at the same time are told apart, and their classes are left alone meanwhile', async () => {
  await using control = await openControl();
  let count = 0;
  Object.assign(control.door.states, {
    begin: async (lease: string, mark: object) => {
      count++;
      control.door.calls.push(`begin ${lease} t${count}`);
      return { test: { id: `t${count}`, ...mark }, overlapping: count > 1 };
    },
    end: async (lease: string, id: string) => {
      control.door.calls.push(`end ${lease} ${id}`);
      return --count > 0 ? { refused: 'another still ran' } : { reset: { ms: 1, reports: {} } };
    },
  });
  const output = await launch(control, ['ParallelTest'], { config: { 'junit.jupiter.execution.parallel.enabled': 'true' } });
  expect(output.match(/seatrial: the state was not reset: another still ran/g)).toHaveLength(1);
  expect(marks(control).slice(0, 3).sort()).toEqual(['begin l1 t1', 'begin l1 t2', 'enter l1 file']);
  expect(marks(control).at(-1)).toBe('leave l1 file');
});

describe.each(findJdks())('%s', (java) => {
  test('shows the lease wherever the environment is read', async () => {
    await using control = await openControl();
    const seen = path.join(control.folder, 'seen');
    await launch(control, ['EnvironmentTest'], { java, options: [`-Dseen=${seen}`] });
    expect(fs.readFileSync(seen, 'utf8').trim().split('\n')).toEqual([
      `static ${LEASED}`,
      `getenv ${LEASED}`,
      `map ${LEASED}`,
      `child ${LEASED}`,
      'property null',
      'lease s1/l1',
    ]);
  });
});

describe('the environment', () => {
  const seenBy = async (options: Parameters<typeof launch>[2]) => {
    await using control = await openControl();
    const seen = path.join(control.folder, 'seen');
    await launch(control, ['EnvironmentTest'], { ...options, options: [`-Dseen=${seen}`, ...(options?.options ?? [])] });
    const lines = fs.readFileSync(seen, 'utf8').trim().split('\n');
    return {
      calls: control.door.calls.filter((call) => call !== 'touch'),
      ...Object.fromEntries(lines.map((line) => line.split(' '))),
    };
  };

  test('what the project sets for itself stays', async () => {
    const own = 'postgres://own/container';
    expect(await seenBy({ env: { DATABASE_URL: own } })).toMatchObject({ getenv: own, map: own, lease: 's1/l1' });
  });

  test('with isolation `run` nothing happens', async () => {
    expect(await seenBy({ isolation: 'run' })).toMatchObject({ calls: [], getenv: MAIN, lease: 'null' });
  });

  test('children of a leased process keep its lease', async () => {
    expect(await seenBy({ env: { SEATRIAL_LEASE: 's1/l9' } })).toMatchObject({ calls: [], getenv: MAIN, lease: 's1/l9' });
  });

  test('without the agent the plug-in on the class path puts the lease into properties', async () => {
    await using control = await openControl();
    const seen = path.join(control.folder, 'seen');
    const { JAVA_TOOL_OPTIONS: agent = '', ...env } = javaEnv(control);
    const jar = agent.replace('-javaagent:', '').replace('-agent.jar', '.jar');
    await launch(control, ['EnvironmentTest'], { options: [`-Dseen=${seen}`], jar, given: env });
    const lines = fs.readFileSync(seen, 'utf8').split('\n');
    expect(lines).toContain(`property ${LEASED}`);
    expect(lines).toContain(`getenv ${MAIN}`);
  });
});

test('a JVM that runs no tests is left alone', async () => {
  await using control = await openControl();
  const output = await runIn('/', 'java', ['--version'], javaEnv(control));
  expect(output).toContain('Picked up JAVA_TOOL_OPTIONS');
  expect(control.door.calls).toEqual([]);
});

test('a suite that gets no lease fails with the reason', async () => {
  await using control = await openControl();
  control.door.failure = Object.assign(new Error('the disk is full'));
  const output = await launch(control, ['LifeCycleTest'], { fails: true });
  expect(output).toContain('the disk is full');
  expect(marks(control)).toEqual([]);
});

test('a suite whose state could not be taken back fails with the reason', async () => {
  await using control = await openControl();
  Object.assign(control.door.states, {
    end: async () => {
      throw new Error('the undo log is gone');
    },
  });
  const output = await launch(control, ['LauncherTest'], { fails: true });
  expect(output).toContain('the undo log is gone');
});
