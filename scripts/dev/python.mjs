import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const CAN_MAKE_VENV = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))';

/**
 * Makes `folder/.venv` hold exactly what its requirement files say, and answers its bin folder. The files' content is the key: an unchanged
 * one costs nothing.
 */
export function ensureVenv(folder, requirementFiles) {
  const venv = path.join(folder, '.venv');
  const stamp = path.join(venv, '.seatrial-installed');
  const hash = createHash('sha256');
  for (const file of requirementFiles) hash.update(fs.readFileSync(file));
  const wanted = hash.digest('hex');
  const bin = path.join(venv, 'bin');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return bin;
  console.log(
    `making ${path.relative(process.cwd(), venv)} from ${requirementFiles.map((file) => path.basename(file)).join(', ')} ...`,
  );
  fs.rmSync(venv, { recursive: true, force: true });
  execute(findPython(), ['-m', 'venv', venv]);
  const requirements = requirementFiles.flatMap((file) => ['-r', file]);
  execute(path.join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
  fs.writeFileSync(stamp, wanted);
  return bin;
}

function findPython() {
  for (const python of ['python3', 'python', '/usr/bin/python3'])
    if (spawnSync(python, ['-c', CAN_MAKE_VENV], { stdio: 'ignore' }).status === 0) return python;
  throw new Error(
    'Python 3.9 or newer with its venv module is needed for the Python client and example (Debian: apt-get install python3-venv)',
  );
}

function execute(file, args) {
  const { status, error } = spawnSync(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error || status !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`);
}
