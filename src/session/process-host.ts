import fs from 'node:fs';
import { endProcesses } from '../util/platform/end-process.ts';
import { descendantsOf, listProcesses } from '../util/platform/process-table.ts';
import type { ServiceUser } from '../util/platform/service-user.ts';
import { removeSegmentsOf } from '../util/platform/shared-memory.ts';
import { type Gated, spawnGated } from '../util/platform/spawn-gated.ts';
import { SERVICE_TAG } from './end-session.ts';
import type { Ledger } from './ledger.ts';

export interface OwnedSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: ServiceUser | undefined;
  readonly logFile: string;
  readonly crashSignal: NodeJS.Signals;
}

export interface OwnedProcess {
  readonly pid: number;
  readonly ended: Gated['ended'];
  /** Ends it and its descendants: `signal`, `graceMs`, then SIGKILL; then the ledger forgets it. */
  end(signal: NodeJS.Signals, graceMs: number): Promise<void>;
}

let counter = 0;

/** Starts a process that the ledger knows before its program runs: intent, gate, record, open; not before the watchdog is there. */
export async function startOwned(
  spec: OwnedSpec,
  session: { readonly id: string; readonly ledger: Ledger; readonly watched: Promise<unknown> },
): Promise<OwnedProcess> {
  const id = `p${++counter}`;
  session.ledger.write({ op: 'intent', id, what: spec.name });
  const logFd = fs.openSync(spec.logFile, 'a', 0o600);
  let gated: Gated;
  try {
    gated = await spawnGated({ ...spec, env: { ...baseEnv(), ...spec.env, [SERVICE_TAG]: session.id }, logFd });
  } finally {
    fs.closeSync(logFd);
  }
  const { pid, startTime, ended } = gated;
  session.ledger.write({
    op: 'own',
    id,
    thing: { kind: 'process', name: spec.name, pid, startTime, crashSignal: spec.crashSignal },
  });
  const owned: OwnedProcess = {
    pid,
    ended,
    end: async (signal, graceMs) => {
      const children = descendantsOf([pid], listProcesses());
      await endProcesses([{ pid, startTime }], { signal, graceMs });
      await endProcesses(children, { signal: 'SIGKILL', graceMs: 200 });
      await removeSegmentsOf([pid]);
      session.ledger.write({ op: 'gone', id });
    },
  };
  try {
    await session.watched;
  } catch (error) {
    await owned.end('SIGKILL', 0);
    throw error;
  }
  gated.open();
  return owned;
}

/** Services see nothing of the user's environment but what every program needs. */
function baseEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C.UTF-8' };
}
