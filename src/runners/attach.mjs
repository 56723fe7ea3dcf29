import fs from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { execFileSync } = createRequire(import.meta.url)('node:child_process');

const OLDEST = [22, 18];
const preload = new URL('./preload.mjs', import.meta.url).href;

/**
 * For runners that are started without `seatrial run`, by an IDE's button or a bare command: puts the environment of the project's services
 * into this process, for itself and the workers that it will start. The services are those that run, or are started, and end ten minutes after
 * their last use. Does nothing under `seatrial run`. Synchronous: what is loaded next reads the environment.
 */
export function attach() {
  const { env } = process;
  if (!env.SEATRIAL_CONTROL_SOCKET) Object.assign(env, readEnvironment());
  if (!env.NODE_OPTIONS?.includes(preload))
    env.NODE_OPTIONS = [`--import=${preload}`, env.NODE_OPTIONS].filter(Boolean).join(' ');
}

function readEnvironment() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new Error(
      `Seatrial cannot start services from Node ${process.version}: it needs ${OLDEST.join('.')}; run the tests through \`seatrial run\``,
    );
  const main = ['../cli/main.js', '../cli/main.ts']
    .map((file) => fileURLToPath(new URL(file, import.meta.url)))
    .find(fs.existsSync);
  // Its own report goes to stderr. It must not inherit what is for test workers.
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && name !== 'NODE_TEST_CONTEXT'),
  );
  try {
    const text = execFileSync(process.execPath, [main, 'env', '--json'], {
      encoding: 'utf8',
      env: own,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return JSON.parse(text).env;
  } catch (error) {
    throw toFailure(error);
  }
}

/** With `--json` the CLI tells its error as JSON. */
function toFailure({ stdout, status, message }) {
  const what = 'Seatrial could not start the services of this project';
  try {
    const { error } = JSON.parse(stdout);
    const told = new Error(`${what}: ${error.message} (${error.code}; ${error.hint})`);
    return Object.assign(told, { name: 'SeatrialError', code: error.code, hint: error.hint });
  } catch {
    return new Error(`${what}: \`seatrial env\` ended with ${status ?? message}`);
  }
}
