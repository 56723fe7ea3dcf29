import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { parseYamlCached } from '../../src/config/parsed-cache.ts';

let cache: string;
beforeEach(() => {
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-parsed-'));
  const before = process.env.SEATRIAL_CACHE_DIR;
  process.env.SEATRIAL_CACHE_DIR = cache;
  onTestFinished(() => {
    process.env.SEATRIAL_CACHE_DIR = before;
    fs.rmSync(cache, { recursive: true, force: true });
  });
});
const kept = () => fs.readdirSync(path.join(cache, 'config')).map((name) => path.join(cache, 'config', name));
const TEXT = 'a: &a { x: [1, "two", null] }\nb: *a\nc:\n  <<: *a\n  "y z": >\n    folded\n    text\n1: true\n';

test('what is kept is what was parsed, places and all', async () => {
  const fresh = await parseYaml(TEXT);
  expect(fresh.value).toEqual({
    a: { x: [1, 'two', null] },
    b: { x: [1, 'two', null] },
    c: { x: [1, 'two', null], 'y z': 'folded text\n' },
    1: true,
  });
  expect(fresh.places['["c","y z"]']).toEqual({ key: { line: 5, column: 3 }, value: { line: 5, column: 10 } });
  expect(await parseYamlCached(TEXT)).toEqual(fresh);
  expect(kept()).toHaveLength(1);
  expect(await parseYamlCached(TEXT)).toEqual(fresh);
});

test('another text is parsed anew, and a damaged entry too', async () => {
  await parseYamlCached('a: 1');
  expect((await parseYamlCached('a: 2')).value).toEqual({ a: 2 });
  for (const damage of ['', '{', 'null', '{"value":1}']) {
    for (const file of kept()) fs.writeFileSync(file, damage);
    expect((await parseYamlCached('a: 1')).value).toEqual({ a: 1 });
  }
});

test('what JSON cannot hold and what is not YAML is not kept', async () => {
  expect((await parseYamlCached('a: .inf')).value).toEqual({ a: Number.POSITIVE_INFINITY });
  await expect(parseYamlCached('a: [')).rejects.toThrow();
  expect(fs.existsSync(path.join(cache, 'config'))).toBe(false);
});

test('entries are for their user only, and do not pile up', async () => {
  fs.rmSync(cache, { recursive: true });
  for (let i = 0; i < 105; i++) await parseYamlCached(`a: ${i}`);
  expect(kept().length).toBeLessThanOrEqual(100);
  expect(fs.statSync(cache).mode & 0o055).not.toBe(0);
  expect(fs.statSync(path.join(cache, 'config')).mode & 0o777).toBe(0o700);
  expect(kept().every((file) => (fs.statSync(file).mode & 0o077) === 0)).toBe(true);
});

test('a cache that cannot be written is passed over', async () => {
  fs.writeFileSync(path.join(cache, 'config'), 'a file where the folder should be');
  expect((await parseYamlCached('a: 1')).value).toEqual({ a: 1 });
});
