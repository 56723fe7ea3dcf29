import fs from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/errors.ts';
import { readSourceFiles } from '../helpers/source-files.ts';

test('docs/reference/environment.md names every variable of ours that the code reads or sets', () => {
  const sources = readSourceFiles(
    ['src', 'clients/python/src', 'clients/java/src', 'clients/go/seatrial'],
    ['.ts', '.mjs', '.py', '.sh', '.java', '.go'],
  );
  const used = [...sources.values()].flatMap((text) => text.match(/\bSEATRIAL_[A-Z_]+\b/g) ?? []);
  const known: readonly string[] = [...ERROR_CODES, 'SEATRIAL_TAG']; // the tag is on our own processes only
  const page = fs.readFileSync(new URL('../../docs/reference/environment.md', import.meta.url), 'utf8');
  expect(used.length).toBeGreaterThan(50);
  expect([...new Set(used)].filter((name) => !known.includes(name) && !page.includes(name))).toEqual([]);
});
