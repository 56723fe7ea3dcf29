import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import type { DriverName } from '../../src/core/driver.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { openSession, type Session } from '../../src/session/session.ts';
import { timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import { query } from './query.ts';

/** All that Seatrial does for a project with one PostgreSQL: configuration, plan, session, server; in a process that is up, as with testcontainers. */
export function seatrialCase(name: string, driver: DriverName = 'embedded'): BenchCase {
  let project = '';
  return {
    name,
    async prepare() {
      project = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-project-'));
      fs.writeFileSync(path.join(project, 'seatrial.yaml'), `services:\n  db: { use: postgres@18, drivers: [${driver}] }\n`);
    },
    async sample() {
      let session: Session | undefined;
      const ms = await timed(async () => {
        const config = await resolveConfig({ cwd: project, env: process.env, registry: builtin });
        session = await openSession({
          plan: await makePlan(config, builtin),
          registry: builtin,
          watchdogProgram: path.join(import.meta.dirname, '../../src/cli/watchdog.ts'),
          isolation: 'run',
          leasing: false,
          signal: AbortSignal.timeout(120_000),
        });
        const env = session.mainEnv();
        await query({
          host: env.PGHOST ?? '',
          port: Number(env.PGPORT),
          user: env.PGUSER ?? '',
          password: env.PGPASSWORD ?? '',
          database: env.PGDATABASE ?? '',
        });
      });
      await session?.[Symbol.asyncDispose]();
      return ms;
    },
    async end() {
      fs.rmSync(project, { recursive: true, force: true });
    },
  };
}
