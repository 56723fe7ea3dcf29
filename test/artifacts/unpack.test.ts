import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unpack } from '../../src/artifacts/unpack.ts';
import { type MadeEntry, makeTgz, makeZip } from '../helpers/archives.ts';

let folder: string;
const signal = new AbortController().signal;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-unpack-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

async function unpackTgz(
  entries: readonly MadeEntry[],
  options: { executables?: string[]; symlinks?: string } = {},
): Promise<string> {
  return unpackBytes('build.tgz', makeTgz(entries), options);
}

async function unpackBytes(
  name: string,
  bytes: Buffer,
  options: { executables?: string[]; symlinks?: string } = {},
): Promise<string> {
  const archive = path.join(folder, name);
  fs.writeFileSync(archive, bytes);
  const target = path.join(folder, 'target');
  await unpack(archive, target, { executables: options.executables ?? [], symlinks: options.symlinks, signal });
  return target;
}

const UNPACK_FAILED = { code: 'SEATRIAL_ARTIFACT_UNPACK_FAILED' };
const outside = () => fs.readdirSync(folder).filter((name) => name !== 'target' && !name.startsWith('build.'));

describe('a tar archive', () => {
  test('is unpacked without its leading package folder, readable by all, with its executable bits', async () => {
    const target = await unpackTgz([
      { name: 'package/bin/server', text: 'run me', mode: 0o755 },
      { name: 'package/share/data.txt', text: 'data', mode: 0o600 },
    ]);
    expect(fs.readFileSync(path.join(target, 'share/data.txt'), 'utf8')).toBe('data');
    expect(fs.statSync(path.join(target, 'bin/server')).mode & 0o777).toBe(0o755);
    expect(fs.statSync(path.join(target, 'share/data.txt')).mode & 0o777).toBe(0o644);
    expect(fs.statSync(path.join(target, 'bin')).mode & 0o777).toBe(0o755);
  });

  test('gets executable bits on the files that the lock list names', async () => {
    const target = await unpackTgz([{ name: 'package/bin/server', text: 'run me' }], { executables: ['bin/server'] });
    expect(fs.statSync(path.join(target, 'bin/server')).mode & 0o777).toBe(0o755);
  });

  test('gets the symbolic links that its own list names', async () => {
    const list = JSON.stringify([{ source: 'lib/libx.so.1.2', target: 'lib/libx.so' }]);
    const target = await unpackTgz(
      [
        { name: 'package/lib/libx.so.1.2', text: 'x' },
        { name: 'package/links.json', text: list },
      ],
      {
        symlinks: 'links.json',
      },
    );
    expect(fs.readlinkSync(path.join(target, 'lib/libx.so'))).toBe('libx.so.1.2');
  });

  test.each([
    ['source', { source: '../../outside', target: 'lib/x' }],
    ['target', { source: 'lib/x', target: '../outside' }],
  ])('is refused when the %s in its list of links leaves the folder', async (_, link) => {
    const entries = [{ name: 'package/links.json', text: JSON.stringify([link]) }];
    await expect(unpackTgz(entries, { symlinks: 'links.json' })).rejects.toMatchObject(UNPACK_FAILED);
    expect(outside()).toEqual([]);
  });

  test.each<[string, MadeEntry[]]>([
    ['a path with ..', [{ name: '../outside', text: 'x' }]],
    ['a path with .. behind package/', [{ name: 'package/../../outside', text: 'x' }]],
    ['an absolute path', [{ name: '/tmp/seatrial-outside', text: 'x' }]],
    ['an absolute path behind package/', [{ name: 'package//tmp/seatrial-outside', text: 'x' }]],
    ['a symbolic link that leaves the folder', [{ name: 'link', tarType: '2', linkTo: '../outside' }]],
    ['an absolute symbolic link', [{ name: 'link', tarType: '2', linkTo: '/etc/passwd' }]],
    ['a hard link that leaves the folder', [{ name: 'link', tarType: '1', linkTo: '../build.tgz' }]],
    ['a character device', [{ name: 'device', tarType: '3' }]],
    ['a block device', [{ name: 'device', tarType: '4' }]],
    ['a FIFO', [{ name: 'pipe', tarType: '6' }]],
  ])('is refused whole for %s', async (_, entries) => {
    await expect(unpackTgz([{ name: 'package/ok.txt', text: 'ok' }, ...entries])).rejects.toMatchObject(UNPACK_FAILED);
    expect(outside()).toEqual([]);
    expect(fs.existsSync('/tmp/seatrial-outside')).toBe(false);
  });

  test('does not write through a symbolic link that it made itself', async () => {
    const entries = [
      { name: 'a/b', tarType: '2', linkTo: '..' },
      { name: 'a/b/c', tarType: '2', linkTo: '..' },
      { name: 'a/b/c/outside', text: 'x' },
    ];
    await expect(unpackTgz(entries)).rejects.toMatchObject(UNPACK_FAILED);
    expect(outside()).toEqual([]);
  });

  test('keeps a symbolic link that stays inside', async () => {
    const target = await unpackTgz([
      { name: 'lib/a.so.1', text: 'a' },
      { name: 'lib/a.so', tarType: '2', linkTo: 'a.so.1' },
    ]);
    expect(fs.readFileSync(path.join(target, 'lib/a.so'), 'utf8')).toBe('a');
  });

  test('is refused when it is cut short', async () => {
    const whole = makeTgz([{ name: 'package/big', text: crypto.randomUUID().repeat(2000) }]);
    await expect(unpackBytes('build.tgz', whole.subarray(0, whole.length / 2))).rejects.toMatchObject(UNPACK_FAILED);
  });
});

describe('a zip archive', () => {
  test('is unpacked, with executable bits from it and from the lock list', async () => {
    const bytes = makeZip([
      { name: 'pkg/server', text: 'run me' },
      { name: 'pkg/tool', text: 'me too', mode: 0o755 },
      { name: 'pkg/data.txt', text: 'data', mode: 0o600 },
    ]);
    const target = await unpackBytes('build.whl', bytes, { executables: ['pkg/server'] });
    const modes = ['server', 'tool', 'data.txt'].map((name) => fs.statSync(path.join(target, 'pkg', name)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o755, 0o644]);
  });

  test.each<[string, MadeEntry[]]>([
    ['a path with ..', [{ name: '../outside', text: 'x' }]],
    ['an absolute path', [{ name: '/tmp/seatrial-outside', text: 'x' }]],
    ['a backslash', [{ name: '..\\outside', text: 'x' }]],
    ['a symbolic link', [{ name: 'link', text: '/etc/passwd', unixMode: 0o120777 }]],
    ['a device', [{ name: 'device', unixMode: 0o020666 }]],
    [
      'a file that is there twice',
      [
        { name: 'a', text: '1' },
        { name: 'a', text: '2' },
      ],
    ],
  ])('is refused for %s', async (_, entries) => {
    await expect(unpackBytes('build.zip', makeZip([{ name: 'ok.txt', text: 'ok' }, ...entries]))).rejects.toMatchObject(
      UNPACK_FAILED,
    );
    expect(outside()).toEqual([]);
    expect(fs.existsSync('/tmp/seatrial-outside')).toBe(false);
  });

  test('is refused when it is cut short', async () => {
    const whole = makeZip([{ name: 'a', text: 'x'.repeat(10_000) }]);
    await expect(unpackBytes('build.zip', whole.subarray(0, whole.length - 100))).rejects.toMatchObject(UNPACK_FAILED);
  });
});
