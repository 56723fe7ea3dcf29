import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeEnvFiles } from '../../../src/session/env-files.ts';
import { AWKWARD_VALUES } from '../../helpers/awkward-values.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('A dotenv file is read back alike by python-dotenv', { timeout: 60_000 }, () => {
  const folder = temporaryFolder();
  const library = path.join(folder, 'python');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', library, 'python-dotenv==1.2.1'];
  execFileSync('python3', install, { stdio: 'pipe' });
  const file = path.join(folder, '.env');
  using _ = writeEnvFiles(
    [{ path: file, format: 'dotenv', values: undefined }],
    AWKWARD_VALUES,
    (values) => ({ ...values }),
    undefined,
  );
  const script = 'import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))';
  const printed = execFileSync('python3', ['-c', script, file], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: library },
  });
  expect(JSON.parse(printed)).toEqual(AWKWARD_VALUES);
});
