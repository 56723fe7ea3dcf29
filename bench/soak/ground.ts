import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

/** Where one lane of the soak lives. Nothing else on the machine has `mark` in its path, so whatever mentions it comes from this lane. */
export interface Ground {
  readonly mark: string;
  readonly runtime: string;
  readonly data: string;
  readonly sharedMemory: SharedMemory;
  /** The environment of every program of this lane: nothing of a session around us, or of somebody's database. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a project with PostgreSQL and Redis. */
  project(name: string): string;
  remove(): void;
}

const CONFIGURATION = 'services:\n  db: postgres@18\n  cache: redis\n';
const FOREIGN =
  /^(SEATRIAL_(?!CACHE_DIR$|SERVICE_USER$)|NODE_OPTIONS$|NODE_CHANNEL|DATABASE|DB_|PG|POSTGRES|REDIS|TEST_|TMPDIR$)/;

export function makeGround(): Ground {
  const mark = `soak-${randomBytes(6).toString('hex')}`;
  const top = path.join(os.tmpdir(), mark);
  const memory = '/dev/shm';
  const data = path.join(fs.existsSync(memory) ? memory : os.tmpdir(), `${mark}-data`);
  const runtime = path.join(top, 'run');
  for (const folder of [top, data]) {
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o755); // for root, services run as another uid, which must be able to traverse
  }
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !FOREIGN.test(entry[0]),
  );
  return {
    mark,
    runtime,
    data,
    sharedMemory: createSharedMemory(),
    env: { ...Object.fromEntries(inherited), SEATRIAL_RUNTIME_DIR: runtime, SEATRIAL_DATA_DIR: data },
    project: (name) => {
      const folder = path.join(top, name);
      fs.mkdirSync(path.join(folder, '.git'), { recursive: true });
      fs.writeFileSync(path.join(folder, 'seatrial.yaml'), CONFIGURATION);
      return folder;
    },
    remove: () => {
      for (const folder of [data, top]) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
