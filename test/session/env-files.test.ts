import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { EnvFile } from '../../src/core/config.ts';
import { writeEnvFiles } from '../../src/session/env-files.ts';
import { openLedger, readLedger } from '../../src/session/ledger.ts';
import { hashOf } from '../../src/session/restore-file.ts';
import { AWKWARD_VALUES as VALUES } from '../helpers/awkward-values.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const asIs = (values: Readonly<Record<string, string>>) => ({ ...values });
const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);
const write = (files: readonly EnvFile[], env: Readonly<Record<string, string>> = VALUES) =>
  writeEnvFiles(files, env, asIs, undefined);
const dotenv = (file: string): EnvFile => ({ path: file, format: 'dotenv', values: undefined });

describe('a dotenv file', () => {
  test('is read back alike by Node', () => {
    const file = path.join(temporaryFolder(), '.env');
    using _ = write([dotenv(file)]);
    const print = `console.log(JSON.stringify(Object.fromEntries(${JSON.stringify(Object.keys(VALUES))}.map((k) => [k, process.env[k]]))))`;
    const printed = execFileSync(process.execPath, [`--env-file=${file}`, '-e', print], { encoding: 'utf8', env: {} });
    expect(JSON.parse(printed)).toEqual(VALUES);
  });

  test('is what a shell reads, too, but for line breaks', () => {
    const file = path.join(temporaryFolder(), '.env');
    const { LINES: _, ...values } = VALUES;
    using __ = write([dotenv(file)], values);
    const script = `set -a; . "$0"; ${JSON.stringify(process.execPath)} -p 'JSON.stringify(process.env)'`;
    expect(JSON.parse(execFileSync('/bin/sh', ['-c', script, file], { encoding: 'utf8', env: {} }))).toMatchObject(values);
  });
});

describe('files of the environment', () => {
  test('hold everything that is injected, or the values that are named, as dotenv or JSON', () => {
    const folder = temporaryFolder();
    const [all, some] = [path.join(folder, 'all.env'), path.join(folder, 'some.json')];
    const fill = (values: Readonly<Record<string, string>>) => ({ ...values, FILLED: 'yes' });
    using _ = writeEnvFiles(
      [dotenv(all), { path: some, format: 'json', values: { A: '${db.url}' } }],
      { X: '1' },
      fill,
      undefined,
    );
    expect(fs.readFileSync(all, 'utf8')).toBe('X=1\n');
    expect(JSON.parse(fs.readFileSync(some, 'utf8'))).toEqual({ A: '${db.url}', FILLED: 'yes' });
  });

  test('are readable by their user only, also where the file was readable by all; its mode and bytes come back', () => {
    const folder = temporaryFolder();
    const [old, young] = [path.join(folder, '.env'), path.join(folder, 'young')];
    const bytes = Buffer.from([0x41, 0x3d, 0xe9, 0xff, 0x0a]); // not UTF-8
    fs.writeFileSync(old, bytes);
    fs.chmodSync(old, 0o664);
    const written = write([dotenv(old), dotenv(young)]);
    expect([old, young].map(modeOf)).toEqual(['600', '600']);
    written[Symbol.dispose]();
    expect([fs.readFileSync(old), modeOf(old)]).toEqual([bytes, '664']);
    expect(fs.readdirSync(folder)).toEqual(['.env']);
  });

  test('leave no folder that was made for them, but one in which there is something else by now', () => {
    const folder = temporaryFolder();
    const written = write([dotenv(path.join(folder, 'a/b/.env')), dotenv(path.join(folder, 'c/d/.env'))]);
    fs.writeFileSync(path.join(folder, 'c/mine'), '');
    written[Symbol.dispose]();
    expect(fs.readdirSync(folder)).toEqual(['c']);
    expect(fs.readdirSync(path.join(folder, 'c'))).toEqual(['mine']);
  });

  test('are put back once only: what is written after that stays', () => {
    const file = path.join(temporaryFolder(), '.env');
    const written = write([dotenv(file)]);
    written[Symbol.dispose]();
    fs.writeFileSync(file, 'MINE=1\n');
    written[Symbol.dispose]();
    expect(fs.readFileSync(file, 'utf8')).toBe('MINE=1\n');
  });

  test('that somebody has written to meanwhile are left to them', () => {
    const folder = temporaryFolder();
    const [old, young] = [path.join(folder, '.env'), path.join(folder, 'young')];
    fs.writeFileSync(old, 'A=1\n');
    const written = write([dotenv(old), dotenv(young)]);
    for (const file of [old, young]) fs.writeFileSync(file, 'MINE=1\n');
    written[Symbol.dispose]();
    expect([old, young].map((file) => fs.readFileSync(file, 'utf8'))).toEqual(['MINE=1\n', 'MINE=1\n']);
  });

  test('are in the ledger with what was there before, until they are put back', () => {
    const folder = temporaryFolder();
    const [old, young] = [path.join(folder, '.env'), path.join(folder, 'young')];
    fs.writeFileSync(old, 'A=1\n', { mode: 0o640 });
    const ledger = openLedger(folder);
    const written = writeEnvFiles([dotenv(old), dotenv(young)], VALUES, asIs, ledger);
    const sha256 = hashOf(fs.readFileSync(old));
    expect([...readLedger(folder).values()]).toEqual([
      { kind: 'file', path: old, sha256, original: { base64: Buffer.from('A=1\n').toString('base64'), mode: 0o640 } },
      { kind: 'file', path: young, sha256, original: null },
    ]);
    written[Symbol.dispose]();
    expect(readLedger(folder).size).toBe(0);
    ledger.close();
  });

  test('that could be written in part only are put back at once', () => {
    const file = path.join(temporaryFolder(), '.env');
    fs.writeFileSync(file, 'A=1\n');
    const { writeFileSync } = fs;
    vi.spyOn(fs, 'writeFileSync').mockImplementationOnce((at, content, options) => {
      writeFileSync(at, (content as string).slice(0, 5), options);
      throw new Error('ENOSPC: no space left on device');
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(() => write([dotenv(file)])).toThrow(/can't be written: ENOSPC/);
    expect(fs.readFileSync(file, 'utf8')).toBe('A=1\n');
  });

  test('that cannot be written are an error which leaves all as it was, a folder of that name too', () => {
    const folder = temporaryFolder();
    const [first, taken] = [path.join(folder, 'first.env'), path.join(folder, 'taken')];
    fs.mkdirSync(taken);
    expect(() => write([dotenv(first), dotenv(taken)])).toThrow(
      expect.objectContaining({
        code: 'SEATRIAL_CONFIG_INVALID',
        message: expect.stringContaining(`${taken} can't be written: EISDIR`),
      }),
    );
    expect(fs.readdirSync(folder)).toEqual(['taken']);
  });
});
