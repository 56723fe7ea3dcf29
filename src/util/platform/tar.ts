import { spawn } from 'node:child_process';
import fs from 'node:fs';
import type { ServiceUser } from './service-user.ts';

/** Packs a folder into one new file with the system's tar: only some of its folders, or all but those. Paths are relative to it. */
export async function packFolder(
  folder: string,
  file: string,
  options: {
    readonly only?: readonly string[];
    readonly without?: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const excluded = (options.without ?? []).map((name) => `--exclude=./${name}`);
  const named = options.only?.map((name) => `./${name}`) ?? ['.'];
  const included = named.length > 0 ? named : ['-T', '/dev/null']; // an empty archive is asked for in so many words
  const fd = fs.openSync(file, 'w', 0o600);
  try {
    await tar(['-cf', '-', ...excluded, '-C', folder, ...included], {
      stdin: 'ignore',
      stdout: fd,
      env: options.env,
      user: undefined,
    });
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Unpacks into an existing folder as `user`; the file may be readable by this process only, since it is handed over open. A failure has a
 * `code` when it is the system's or a signal's: without one, the archive is not what it should be.
 */
export async function unpackFile(
  file: string,
  folder: string,
  options: { readonly user: ServiceUser | undefined; readonly env: Readonly<Record<string, string>> },
): Promise<void> {
  const fd = fs.openSync(file, 'r');
  try {
    await tar(['-xf', '-', '-C', folder], { stdin: fd, stdout: 'ignore', ...options });
  } finally {
    fs.closeSync(fd);
  }
}

interface TarOptions {
  readonly stdin: number | 'ignore';
  readonly stdout: number | 'ignore';
  readonly user: ServiceUser | undefined;
  readonly env: Readonly<Record<string, string>>;
}

function tar(args: readonly string[], options: TarOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('tar', [...args], {
      cwd: '/',
      env: { PATH: process.env.PATH, ...options.env },
      stdio: [options.stdin, options.stdout, 'pipe'],
      detached: true,
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          Object.assign(
            new Error(
              `tar ${args[0]} ended with ${signal ?? `exit code ${code}`}: ${errors.trim().split('\n').slice(-3).join(' | ')}`,
            ),
            { code: signal ?? systemError(errors) },
          ),
        );
    });
  });
}

/** Every tar prints the words of strerror(3), here in English: no locale reaches it. */
function systemError(errors: string): string | undefined {
  return SYSTEM_ERRORS.find(([words]) => errors.includes(words))?.[1];
}

const SYSTEM_ERRORS = [
  ['No space left on device', 'ENOSPC'],
  ['uota exceeded', 'EDQUOT'],
  ['File too large', 'EFBIG'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Read-only file system', 'EROFS'],
  ['Too many open files', 'EMFILE'],
  ['Cannot allocate memory', 'ENOMEM'],
] as const;
