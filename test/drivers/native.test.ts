import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BinarySpec } from '../../src/core/launch-spec.ts';
import { expandFolders } from '../../src/drivers/native/expand-folders.ts';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { postgres } from '../../src/services/postgres/index.ts';
import { toRequest } from '../helpers/launch-service.ts';

let folder: string;
const spec = (version: string | undefined, search: string): BinarySpec => {
  const binary = postgres.configure(toRequest({ version })).launch[0] as BinarySpec;
  return { ...binary, executables: ['fakedb', 'fakeinit'], searchFolders: [path.join(folder, search)] };
};

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'native-'));
  for (const [name, version] of [
    ['lib/9', '9.6'],
    ['lib/16', '16.4'],
    ['lib/17', '17.2'],
    ['broken', '16.4'],
  ] as const) {
    const bin = path.join(folder, name, 'bin');
    fs.mkdirSync(bin, { recursive: true });
    fs.writeFileSync(path.join(bin, 'fakedb'), `#!/bin/sh\necho "fakedb (PostgreSQL) ${version}"\n`, { mode: 0o755 });
    if (name !== 'broken') fs.writeFileSync(path.join(bin, 'fakeinit'), '#!/bin/sh\n', { mode: 0o755 });
  }
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

it('takes the executables whose version is the one that was asked for', async () => {
  expect(await nativeDriver.probe(spec('16', 'lib/*/bin'))).toEqual({
    ok: true,
    version: '16.4',
    how: path.join(folder, 'lib/16/bin/fakedb'),
    present: true,
  });
  expect(await nativeDriver.probe(spec('16.4', 'lib/*/bin'))).toMatchObject({ ok: true, version: '16.4' });
  expect(await nativeDriver.probe(spec(undefined, 'lib/*/bin'))).toMatchObject({ ok: true, version: '17.2' });
});

it('says which versions it found instead, what is missing, and where it looked', async () => {
  const other = await nativeDriver.probe(spec('1', 'lib/16/bin'));
  expect(other).toEqual({ ok: false, why: `no fakedb 1 on this machine: ${path.join(folder, 'lib/16/bin/fakedb')} is 16.4` });
  expect(await nativeDriver.probe(spec('16', 'broken/bin'))).toMatchObject({
    ok: false,
    why: expect.stringContaining('has no fakeinit beside it'),
  });
  expect(await nativeDriver.probe(spec('16', 'nowhere'))).toEqual({
    ok: false,
    why: `no fakedb 16 on PATH or in ${path.join(folder, 'nowhere')}`,
  });
});

it('looks into the highest version first', () => {
  expect(expandFolders(path.join(folder, 'lib/*/bin')).map((found) => path.relative(folder, found))).toEqual([
    'lib/17/bin',
    'lib/16/bin',
    'lib/9/bin',
  ]);
});
