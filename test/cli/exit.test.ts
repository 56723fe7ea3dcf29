import { expect, test, vi } from 'vitest';
import { failWith } from '../../src/cli/exit.ts';
import { SeatrialError } from '../../src/errors.ts';
import { setVariables } from '../helpers/own-folders.ts';

/** What a failure prints on stderr, and the exit code that it sets. */
function failing(error: unknown, code = 1): { text: string; exitCode: unknown } {
  const before = process.exitCode;
  let text = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  try {
    failWith(error, { json: false, code });
    return { text, exitCode: process.exitCode };
  } finally {
    write.mockRestore();
    process.exitCode = before;
  }
}

test('a failure of ours is told without a stack; a defect with one, and with all that caused it', () => {
  setVariables({ SEATRIAL_DEBUG: undefined });
  const ours = failing(new SeatrialError('SEATRIAL_LEASE_FAILED', 'no lease', { hint: 'try again', cause: new Error('inner') }));
  expect(ours).toEqual({ text: 'seatrial: no lease\n  SEATRIAL_LEASE_FAILED: try again\n', exitCode: 1 });
  const defect = failing(new TypeError('x is not a function', { cause: new Error('middle', { cause: new RangeError('root') }) }));
  expect(defect.text).toMatch(
    /SEATRIAL_INTERNAL[\s\S]*caused by TypeError: x is[\s\S]*caused by Error: middle[\s\S]*caused by RangeError: root/,
  );
});

test('with SEATRIAL_DEBUG the causes of any failure are told, and no password with them', () => {
  setVariables({ SEATRIAL_DEBUG: '1' });
  const cause = new Error('connect postgres://app:s3cret@h/db');
  const { text } = failing(new SeatrialError('SEATRIAL_LEASE_FAILED', 'no lease', { cause }));
  expect(text).toContain('caused by Error: connect postgres://app:***@h/db');
  expect(text).not.toContain('s3cret');
});

test.each([
  ['SEATRIAL_COMMAND_NOT_FOUND', 127],
  ['SEATRIAL_COMMAND_MISSING', 2],
  ['SEATRIAL_OPTION_INVALID', 2],
  ['SEATRIAL_CONFIG_INVALID', 125],
] as const)('%s of a run ends with %d', (code, expected) => {
  expect(failing(new SeatrialError(code, 'x'), 125).exitCode).toBe(expected);
});
