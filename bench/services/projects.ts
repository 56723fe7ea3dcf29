import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { builtin } from '../../src/builtin.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import type { Isolation } from '../../src/core/isolation.ts';
import type { Plan } from '../../src/core/plan.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { openSession, type Session } from '../../src/session/session.ts';
import type { Subject } from './subjects.ts';

export interface Project {
  readonly folder: string;
  plan(): Promise<Plan>;
  /** A session in this process. */
  open(isolation: Isolation): Promise<Session>;
}
export interface Projects extends Disposable {
  make(subjects: readonly Pick<Subject, 'name' | 'config'>[]): Project;
}

/** All under one name: so a service finds its prepared data wherever else it runs too. Containers are left to cases of their own. */
export function openProjects(): Projects {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-services-'));
  fs.chmodSync(root, 0o755);
  return {
    make: (subjects) => {
      const cwd = fs.mkdtempSync(path.join(root, 'project-'));
      const services = subjects.map(({ name, config }) => `  ${name}: ${config}\n`).join('');
      const head = 'project: bench-services\ndrivers: [embedded, native]\n';
      fs.writeFileSync(path.join(cwd, 'seatrial.yaml'), `${head}services:\n${services}`);
      fs.writeFileSync(path.join(cwd, 'schema.sql'), 'CREATE TABLE notes (id int PRIMARY KEY, text varchar(100));\n');
      const plan = async () => makePlan(await resolveConfig({ cwd, env: process.env, registry: builtin }), builtin);
      const open = async (isolation: Isolation) =>
        openSession({
          plan: await plan(),
          registry: builtin,
          watchdogProgram: path.join(import.meta.dirname, '../../src/cli/watchdog.ts'),
          isolation,
          leasing: isolation !== 'run',
          signal: AbortSignal.timeout(600_000),
        });
      return { folder: cwd, plan, open };
    },
    [Symbol.dispose]: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}
