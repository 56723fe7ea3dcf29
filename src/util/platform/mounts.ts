import fs from 'node:fs';

/** Whether programs and libraries in `folder` may not be loaded, as in /dev/shm of a container. Undecidable elsewhere than on Linux: false. */
export function isNoexec(folder: string): boolean {
  let table: string;
  try {
    table = fs.readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return false;
  }
  const mounts = table
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '']) => point === '/' || folder === point || folder.startsWith(`${point}/`));
  // of two on the same point the later one lies on top
  const nearest = mounts.reduce((best, mount) => ((mount[1] ?? '').length >= (best[1] ?? '').length ? mount : best), ['', '']);
  return (nearest[3] ?? '').split(',').includes('noexec');
}
