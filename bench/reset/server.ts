import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Target as MariadbTarget } from '../../src/services/mariadb/connect.ts';
import type { Target as PostgresTarget } from '../../src/services/postgres/connect.ts';
import { openSession } from '../../src/session/session.ts';

type Server<T> = { readonly target: T; readonly version: string } & AsyncDisposable;

/** A PostgreSQL that Seatrial starts with its ordinary settings, for the time of a benchmark. */
export async function openDisposableServer(): Promise<Server<PostgresTarget>> {
  const { fields, unixSocket: _, ...server } = await openDisposable('{ use: postgres@18, drivers: [embedded] }');
  const { host, port, user = '', password = '', database = '' } = fields;
  return { ...server, target: { host, port: Number(port), user, password, database } };
}

/** The same of this machine's MariaDB, as root. */
export async function openDisposableMariadb(): Promise<Server<MariadbTarget>> {
  const { fields, unixSocket, ...server } = await openDisposable('{ use: mariadb, drivers: [native] }');
  const { host, port } = fields;
  const target = { host, port: Number(port), unixSocket, user: 'root', password: 'testpass', database: undefined };
  return { ...server, target };
}

async function openDisposable(service: string) {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-reset-'));
  fs.writeFileSync(path.join(project, 'seatrial.yaml'), `services:\n  db: ${service}\n`);
  const config = await resolveConfig({ cwd: project, env: process.env, registry: builtin });
  const session = await openSession({
    plan: await makePlan(config, builtin),
    registry: builtin,
    watchdogProgram: path.join(import.meta.dirname, '../../src/cli/watchdog.ts'),
    isolation: 'run',
    leasing: false,
    signal: AbortSignal.timeout(3_600_000),
  });
  const [db] = session.services();
  if (!db) throw new Error(`${service} was not started`);
  return {
    fields: db.fieldsNow,
    version: db.planned.version,
    unixSocket: db.running.endpoint.unixSocket,
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      fs.rmSync(project, { recursive: true, force: true });
    },
  };
}
