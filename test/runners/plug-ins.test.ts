import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import jest from '../../src/runners/jest.cjs';
import { seatrial as ofMocha } from '../../src/runners/mocha.mjs';
import { type Change, seatrial } from '../../src/runners/vitest.mjs';
import { repositoryRoot } from '../helpers/source-files.ts';

const { exports } = JSON.parse(fs.readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8')) as {
  exports: Record<string, { readonly 'seatrial-source'?: string; readonly types?: string; readonly default?: string }>;
};

test.each(['vitest', 'jest', 'mocha', 'node-test'])(
  'seatrial/%s leads to files that the build copies, and to their types',
  (name) => {
    const { 'seatrial-source': source = '', types = '', default: built = '' } = exports[`./${name}`] ?? {};
    expect(built).toBe(source.replace('./src/', './dist/'));
    for (const file of [source, types.replace('./dist/', './src/')])
      expect(fs.existsSync(path.join(repositoryRoot, file)), file).toBe(true);
  },
);

test('outside of a session a helper says how to get into one', async () => {
  const refusal = { code: 'SEATRIAL_LEASE_NOT_FOUND', message: expect.stringContaining('seatrial run --isolation rewind') };
  const changes: Promise<readonly Change[]> = seatrial.diff('db');
  await expect(changes).rejects.toMatchObject(refusal);
  await expect(jest.seatrial.reset()).rejects.toMatchObject(refusal);
  expect(() => ofMocha.lease).toThrow(expect.objectContaining(refusal));
});
