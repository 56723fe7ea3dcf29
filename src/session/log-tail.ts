import fs from 'node:fs';

/** The last lines of a log file; empty when there is none. Reads the end only. */
export function logTail(file: string | undefined, lines = 20): string[] {
  if (!file) return [];
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fs.fstatSync(fd);
    const length = Math.min(size, 64 * 1024);
    const buffer = Buffer.alloc(length);
    fs.readSync(fd, buffer, 0, length, size - length);
    return buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-lines);
  } finally {
    fs.closeSync(fd);
  }
}
