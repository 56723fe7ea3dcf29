import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Toolset } from '../../src/core/launch-spec.ts';
import { chooseDataRoot } from '../../src/util/platform/folders.ts';
import { pickPort } from '../../src/util/platform/ports.ts';
import { serviceUser } from '../../src/util/platform/service-user.ts';
import { runProgram, timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import { queryUntilReady } from './query.ts';

const SETTINGS = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'listen_addresses=127.0.0.1'];
const LOGIN = { user: 'app', password: 'app', database: 'postgres' };

/** The floor: what a patient engineer scripts by hand. `cp -a` of a data directory made beforehand, then `postgres`, same build, same file system. */
export function handMadeCase(tools: Toolset): BenchCase {
  const user = serviceUser();
  const ids = user ? { uid: user.uid, gid: user.gid } : {};
  let folder = '';
  let count = 0;
  return {
    name: 'cp -a of a data directory + postgres',
    async prepare() {
      folder = fs.mkdtempSync(path.join(path.dirname(chooseDataRoot(64_000_000)), 'seatrial-bench-'));
      if (user) fs.chownSync(folder, user.uid, user.gid);
      const password = path.join(folder, 'password');
      fs.writeFileSync(password, LOGIN.password, { mode: 0o644 });
      const initdb = [
        '-D',
        path.join(folder, 'template'),
        '-U',
        LOGIN.user,
        `--pwfile=${password}`,
        '--auth=scram-sha-256',
        '--no-sync',
        '--encoding=UTF8',
      ];
      await runProgram(tools.bin('initdb'), initdb, { cwd: folder, env: { ...process.env, ...tools.env }, ...ids });
    },
    async sample() {
      const data = path.join(folder, `copy-${count++}`);
      const port = await pickPort();
      let server: ChildProcess | undefined;
      const ms = await timed(async () => {
        await runProgram('cp', ['-a', '--reflink=auto', path.join(folder, 'template'), data]);
        const args = ['-D', data, '-p', String(port), '-k', folder, ...SETTINGS.flatMap((setting) => ['-c', setting])];
        server = spawn(tools.bin('postgres'), args, {
          cwd: folder,
          env: { ...process.env, ...tools.env },
          stdio: 'ignore',
          ...ids,
        });
        await queryUntilReady({ host: '127.0.0.1', port, ...LOGIN });
      });
      await end(server);
      fs.rmSync(data, { recursive: true, force: true });
      return ms;
    },
    async end() {
      if (folder !== '') fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function end(server: ChildProcess | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server || server.exitCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill('SIGQUIT');
  });
}
