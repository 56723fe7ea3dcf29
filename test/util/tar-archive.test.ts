import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../src/util/platform/run-command.ts';
import { tarArchive } from '../../src/util/tar-archive.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('the system’s tar reads the files back, with names of any usual length', async () => {
  const folder = temporaryFolder();
  const long = `${'folder/'.repeat(15)}${'n'.repeat(90)}.sql`;
  const entries = [
    { path: 'docker-entrypoint-initdb.d/a.sql', content: Buffer.from('select 1;\n'), mode: 0o644 },
    { path: 'empty', content: Buffer.alloc(0), mode: 0o755 },
    { path: 'full', content: Buffer.alloc(1024, 'x'), mode: 0o600 },
    { path: long, content: Buffer.from('long'), mode: 0o644 },
  ];
  fs.writeFileSync(path.join(folder, 'a.tar'), tarArchive(entries));
  const { exitCode, stderr } = await runCommand('tar', ['-xf', 'a.tar'], { cwd: folder });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const { path: name, content, mode } of entries) {
    expect(fs.readFileSync(path.join(folder, name)).equals(content)).toBe(true);
    expect(fs.statSync(path.join(folder, name)).mode & 0o777).toBe(mode);
  }
  expect(() => tarArchive([{ path: 'x'.repeat(101), content: Buffer.alloc(0), mode: 0o644 }])).toThrow(/too long/);
});
