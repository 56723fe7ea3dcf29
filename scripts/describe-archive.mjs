import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What the lock list says of an archive: its checksum, its sizes, and the newest glibc symbol that an executable in it asks for. */
export function describe(file, unpack, executables) {
  const folder = mkdtempSync(path.join(tmpdir(), 'seatrial-lock-'));
  unpack(folder);
  for (const name of Object.values(executables)) statSync(path.join(folder, name));
  let unpackedBytes = 0;
  let glibc = [0, 0];
  for (const name of readdirSync(folder, { recursive: true })) {
    const stats = statSync(path.join(folder, name));
    if (!stats.isFile()) continue;
    unpackedBytes += stats.size;
    const content = readFileSync(path.join(folder, name));
    if (content.length > 4 && content.readUInt32BE(0) === 0x7f454c46 && !/plperl|plpython|pltcl/.test(name))
      glibc = newest(glibc, content.toString('latin1'));
  }
  rmSync(folder, { recursive: true });
  const tag = /manylinux_(\d+)_(\d+)/.exec(path.basename(file));
  if (tag) glibc = later(glibc, [Number(tag[1]), Number(tag[2])]);
  const bytes = readFileSync(file);
  return {
    file: path.basename(file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    unpackedBytes,
    ...(glibc[0] > 0 ? { minGlibc: glibc.join('.') } : {}),
    executables,
  };
}

function newest(least, text) {
  return [...text.matchAll(/GLIBC_(\d+)\.(\d+)/g)].reduce(
    (last, [, major, minor]) => later(last, [Number(major), Number(minor)]),
    least,
  );
}

function later(a, b) {
  return b[0] > a[0] || (b[0] === a[0] && b[1] > a[1]) ? b : a;
}
