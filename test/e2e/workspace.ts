import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { cacheDir } from '../../src/util/platform/folders.ts';
import { endEverything, findLeftovers } from './leftovers.ts';

/** A project in a folder of its own, with Seatrial's runtime and data folders beside it: nothing is shared with another test but the cache. */
export interface Workspace {
  /** Holds everything of the test; its name is found nowhere else on this machine. */
  readonly top: string;
  readonly project: string;
  readonly runtime: string;
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  /** Sessions (as in setsid) that programs of this test were started in. */
  readonly sids: Set<number>;
  /** Writes a file below the project. */
  write(name: string, text: string, mode?: number): string;
  read(name: string): string;
}

/** Removed after the test, with whatever of it still lives. */
export function makeWorkspace(files: Readonly<Record<string, string>> = {}, { name = 'shop' } = {}): Workspace {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'st-e2e-'));
  fs.chmodSync(top, 0o755); // for root, services run as another uid, which must be able to traverse
  const project = path.join(top, name);
  const runtime = path.join(top, 'run');
  const data = path.join(top, 'data');
  fs.mkdirSync(path.join(project, '.git'), { recursive: true });
  const workspace: Workspace = {
    top,
    project,
    runtime,
    data,
    env: {
      ...cleanEnvironment(),
      DOCKER_HOST: `unix://${top}/no-engine`, // what a test does must not depend on whether this machine has one
      SEATRIAL_CACHE_DIR: cacheDir(),
      SEATRIAL_RUNTIME_DIR: runtime,
      SEATRIAL_DATA_DIR: data,
    },
    sids: new Set(),
    write: (file, text, mode = 0o644) => {
      const at = path.join(project, file);
      fs.mkdirSync(path.dirname(at), { recursive: true });
      fs.writeFileSync(at, text, { mode });
      return at;
    },
    read: (file) => fs.readFileSync(path.join(project, file), 'utf8'),
  };
  for (const [file, text] of Object.entries(files)) workspace.write(file, text);
  onTestFinished(async () => {
    endEverything(workspace);
    fs.rmSync(top, { recursive: true, force: true, maxRetries: 10 });
  });
  return workspace;
}

/** The configuration that most tests use. */
export const DB_AND_CACHE = 'services:\n  db: postgres@18\n  cache: redis\n';
export const DB = 'services:\n  db: postgres@18\n';
/** The quickest to start. */
export const CACHE = 'services:\n  cache: redis\n';

export { findLeftovers };

/** What a shell would have: nothing of Vitest, of a session around us, or of somebody's database. */
function cleanEnvironment(): Record<string, string> {
  const foreign =
    /^(SEATRIAL_|VITEST|NODE_OPTIONS|NODE_ENV|NODE_CHANNEL|TEST$|TEST_|DEV$|PROD$|MODE$|DATABASE|DB_|PG[A-Z]|POSTGRES|AWS_|MYSQL|MARIADB|REDIS|RUN_INTEGRATION|VIRTUAL_ENV|FORCE_COLOR)/;
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0])),
  );
}
