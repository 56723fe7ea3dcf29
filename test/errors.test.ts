import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, isSeatrialError, redact, SeatrialError, toSeatrialError } from '../src/errors.ts';
import { readSourceFiles, repositoryRoot } from './helpers/source-files.ts';

describe('error codes', () => {
  test('have one row each in docs/reference/errors.md, and no other row is there', () => {
    expect(documentedCodes()).toEqual([...ERROR_CODES].sort());
  });

  test('are SEATRIAL_<NOUN>_<PROBLEM> and listed once, in order', () => {
    for (const code of ERROR_CODES) expect(code).toMatch(/^SEATRIAL_[A-Z]+(_[A-Z]+)*$/);
    expect([...new Set(ERROR_CODES)].sort()).toEqual([...ERROR_CODES]);
  });

  test('are each thrown somewhere', () => {
    const text = [...readSourceFiles(['src'], ['.ts', '.mjs', '.cjs'])]
      .filter(([file]) => file !== 'src/errors.ts')
      .map(([, content]) => content);
    const thrown = new Set(text.join('\n').match(/SEATRIAL_[A-Z_]+/g));
    const ownUse = 'SEATRIAL_INTERNAL'; // by toSeatrialError
    expect(ERROR_CODES.filter((code) => code !== ownUse && !thrown.has(code))).toEqual([]);
  });
});

describe('SeatrialError', () => {
  test('leaves no URL password, token or secret variable in message, hint and details', () => {
    const error = new SeatrialError('SEATRIAL_SERVICE_NOT_READY', 'no answer at postgresql://app:s3cret@127.0.0.1:5432/app', {
      hint: 'PGPASSWORD=s3cret psql',
      details: { urls: ['amqp://guest:s3cret@localhost'], header: { authorization: 'Bearer s3cret.abc-1' }, port: 5432 },
    });
    expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).not.toContain('s3cret');
    expect(error.message).toBe('no answer at postgresql://app:***@127.0.0.1:5432/app');
    expect(error.details.port).toBe(5432);
  });

  test('is recognised across loaded copies by its brand', () => {
    const fromOtherCopy = Object.assign(new Error('x'), { [Symbol.for('seatrial.error')]: true });
    expect(isSeatrialError(fromOtherCopy)).toBe(true);
    expect(isSeatrialError(new Error('x'))).toBe(false);
    expect(isSeatrialError(null)).toBe(false);
  });

  test('wraps what is not ours and keeps it as the cause', () => {
    const cause = new TypeError('x is not a function');
    const error = toSeatrialError(cause);
    expect(error.code).toBe('SEATRIAL_INTERNAL');
    expect(error.cause).toBe(cause);
    expect(toSeatrialError(error)).toBe(error);
  });

  test('gives JSON without undefined members', () => {
    expect(JSON.parse(JSON.stringify(new SeatrialError('SEATRIAL_CONFIG_INVALID', 'bad')))).toEqual({
      code: 'SEATRIAL_CONFIG_INVALID',
      message: 'bad',
      details: {},
    });
  });
});

describe('redact', () => {
  test.each([
    ['redis://:pw@h:1/0', 'redis://:***@h:1/0'],
    ['postgresql+asyncpg://u:p%40w@h/db', 'postgresql+asyncpg://u:***@h/db'],
    ['two: mysql://a:b@h and mysql://c:d@h', 'two: mysql://a:***@h and mysql://c:***@h'],
    ['postgres://u:p@ss@h/db', 'postgres://u:***@h/db'],
    ['postgres://u:p/ss@h/db', 'postgres://u:***@h/db'],
    ['mysql://a:b@h,mysql://c:d@h', 'mysql://a:***@h,mysql://c:***@h'],
    ['https://example.test/path:with@sign', 'https://example.test/path:with@sign'],
    ['APP_SECRET=abc API_TOKEN=def HOME=/root', 'APP_SECRET=*** API_TOKEN=*** HOME=/root'],
    ['authorization: Bearer abc.def', 'authorization: Bearer ***'],
  ])('makes %j into %j', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});

function documentedCodes(): string[] {
  const text = fs.readFileSync(path.join(repositoryRoot, 'docs/reference/errors.md'), 'utf8');
  return [...text.matchAll(/^\| `?(SEATRIAL_\w+)`? \|/gm)].map(([, code]) => code ?? '').sort();
}
