import { expect, test } from 'vitest';
import { runWithMarks } from '../runners/record-marks.ts';
import { jest, mocha, nodeTest, vitest } from '../runners/runner-cases.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
const SUITE = `describe('outer', () => { for (const name of ${JSON.stringify(NAMES)}) test(name, () => {}); });\n`;

test.each([vitest(5), vitest(3), jest(30, '-i'), jest(29, '-i'), mocha(12), mocha(10, '--parallel', '--jobs', '2'), nodeTest()])(
  '$title runs the tests of a file in the order of a seed',
  async (runner) => {
    const order = async (seed: string) => {
      const { marks } = await runWithMarks(runner, { 'a.test.js': SUITE }, { exitCode: 0, env: { SEATRIAL_SHUFFLE_SEED: seed } });
      return [...marks.matchAll(/^begin .* outer > (\w+) /gm)].map(([, name]) => name);
    };
    const [first, again, second] = [await order('7'), await order('7'), await order('8')];
    expect(first).not.toEqual(NAMES);
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
    expect([...first].sort()).toEqual([...NAMES].sort());
  },
);
