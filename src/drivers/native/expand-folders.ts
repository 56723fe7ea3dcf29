import fs from 'node:fs';
import path from 'node:path';

/** The folders that an absolute pattern means, `*` standing for any run of characters in one segment; highest version first. */
export function expandFolders(pattern: string): readonly string[] {
  let folders = [path.parse(pattern).root];
  for (const segment of pattern.split('/').filter(Boolean)) {
    folders = segment.includes('*')
      ? folders.flatMap((folder) => matching(folder, segment))
      : folders.map((folder) => path.join(folder, segment));
  }
  return folders.filter((folder) => fs.existsSync(folder));
}

function matching(folder: string, segment: string): readonly string[] {
  const [before = '', after = ''] = segment.split('*');
  try {
    return fs
      .readdirSync(folder)
      .filter((name) => name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}
