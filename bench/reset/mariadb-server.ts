import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Target } from '../../src/services/mariadb/connect.ts';
import { openSession } from '../../src/session/session.ts';

/** A MariaDB of this machine that Seatrial starts with its ordinary settings, for the time of a benchmark. */
export async function openDisposableMariadb(): Promise<{ readonly target: Target; readonly version: string } & AsyncDisposable> {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-mariadb-'));
  fs.writeFileSync(path.join(project, 'seatrial.yaml'), 'services:\n  db: { use: mariadb, drivers: [native] }\n');
  const config = await resolveConfig({ cwd: project, env: process.env, registry: builtin });
  const session = await openSession({
    plan: await makePlan(config, builtin),
    registry: builtin,
    watchdogProgram: path.join(import.meta.dirname, '../../src/cli/watchdog.ts'),
    isolation: 'run',
    leasing: false,
    signal: AbortSignal.timeout(3_600_000),
  });
  const fields = session.services()[0]?.fieldsNow;
  return {
    target: {
      host: fields?.host ?? '',
      port: Number(fields?.port),
      user: 'root',
      password: 'testpass',
      database: undefined,
    },
    version: session.services()[0]?.planned.version ?? '',
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      fs.rmSync(project, { recursive: true, force: true });
    },
  };
}
