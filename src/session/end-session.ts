import fs from 'node:fs';
import path from 'node:path';
import type { Registry } from '../core/registry.ts';
import { redact } from '../errors.ts';
import { endProcesses, sendSignal, waitUntilGone } from '../util/platform/end-process.ts';
import { identityOf, isProcessAlive, pidScope } from '../util/platform/process-identity.ts';
import {
  commandLine,
  descendantsOf,
  listPids,
  listProcesses,
  startEnvironment,
  worksIn,
} from '../util/platform/process-table.ts';
import { removeSegmentsOf } from '../util/platform/shared-memory.ts';
import { findCommandProcesses } from './command-processes.ts';
import { type OwnedThing, type Owner, readLedger } from './ledger.ts';
import { restoreFile } from './restore-file.ts';

/** Environment variable of every service process: the id of its session. */
export const SERVICE_TAG = 'SEATRIAL_TAG';

export interface EndContext {
  readonly registry: Registry;
  /** Called by the watchdog in the moment of death; false: by a later sweep. */
  readonly justNow: boolean;
}

/** So long an external server that does not answer is tried again. */
const GIVE_UP_MS = 24 * 3_600_000;

export interface EndReport {
  readonly ended: number;
  /** Daemons that the user's command left on purpose: in a session of their own, started by nobody that still lives. */
  readonly left: readonly string[];
  /** What could not be removed. */
  readonly failed: readonly string[];
}

export interface DeadSession {
  readonly id: string;
  readonly folder: string | undefined;
  readonly data: readonly string[];
  /** Undefined when its file is damaged. */
  readonly owner: Owner | undefined;
}

/**
 * Ends everything of a session whose owner is dead: processes, then files and folders. Safe to run twice and by two at once. The processes of
 * another boot are gone, and their pids and start times may be those of strangers by now: nothing is signalled then.
 */
export async function endDeadSession(session: DeadSession, context: EndContext): Promise<EndReport> {
  const owned = session.folder ? [...readLedger(session.folder).values()] : [];
  const folders = [...session.data, ...owned.flatMap((thing) => (thing.kind === 'folder' ? [thing.path] : []))];
  const isOfThisBoot = session.owner === undefined || session.owner.boot === pidScope().boot;
  const { ended, left } = isOfThisBoot ? await endAllProcesses(session.id, owned, folders) : { ended: 0, left: [] };
  const failed = [...restoreFiles(owned), ...removeFolders(folders), ...(await endExternal(owned, session, context))];
  if (session.folder && failed.length === 0) failed.push(...removeFolders([session.folder]));
  return { ended, left, failed };
}

/** Services by their own crash signal, then their descendants, then the user's command, then what carries the session's tag or works in its data folder. */
async function endAllProcesses(
  id: string,
  owned: readonly OwnedThing[],
  folders: readonly string[],
): Promise<Pick<EndReport, 'ended' | 'left'>> {
  const table = listProcesses();
  const services = owned.filter((thing) => thing.kind === 'process').filter(isProcessAlive);
  const commands = owned.filter((thing) => thing.kind === 'command');
  const children = descendantsOf(
    services.map(({ pid }) => pid),
    table,
  );
  for (const { crashSignal, ...identity } of services) sendSignal(identity, crashSignal);

  const { tree, daemons } = findCommandProcesses(id, commands);
  const [, survivors] = await Promise.all([
    endProcesses(tree, { signal: 'SIGTERM', graceMs: 250 }),
    waitUntilGone([...services, ...children], 400),
  ]);
  await endProcesses(survivors, { signal: 'SIGKILL', graceMs: 0 });
  const strays = await endStrays(id, folders);
  await removeSegmentsOf(owned.flatMap((thing) => (thing.kind === 'process' ? [thing.pid] : [])));
  return {
    ended: services.length + children.length + tree.length + strays,
    left: daemons.map(({ pid }) => `${pid} ${commandLine(pid)}`),
  };
}

/** Whatever still carries the tag or works in the data: started in the moment of death, or a backend that outlived its postmaster. */
export async function endStrays(id: string, folders: readonly string[]): Promise<number> {
  for (let ended = 0; ; ) {
    const strays = listPids()
      .filter(
        (pid) =>
          pid !== process.pid && (startEnvironment(pid, SERVICE_TAG) === id || folders.some((folder) => worksIn(pid, folder))),
      )
      .flatMap((pid) => identityOf(pid) ?? []);
    if (strays.length === 0) return ended;
    const stubborn = await endProcesses(strays, { signal: 'SIGKILL', graceMs: 0 });
    await removeSegmentsOf(strays.map(({ pid }) => pid));
    ended += strays.length;
    if (stubborn.length > 0) return ended;
  }
}

/** A server or engine that does not answer now may be back later: the ledger stays for a day, so that the next sweeps try again. */
async function endExternal(owned: readonly OwnedThing[], { id, folder }: DeadSession, context: EndContext): Promise<string[]> {
  if (!owned.some(({ kind }) => kind === 'external-leases' || kind === 'container')) return [];
  const { endContainers, endExternalLeases } = await import('./end-external.ts');
  const [leases, containers] = await Promise.all([endExternalLeases(owned, context), endContainers(id, owned, context)]);
  if (folder && Date.now() - fs.statSync(folder).mtimeMs > GIVE_UP_MS) return [];
  return [...leases.map(({ url }) => `leases in ${redact(url)}`), ...containers.map(({ name }) => `the container ${name}`)];
}

function restoreFiles(owned: readonly OwnedThing[]): string[] {
  const failed: string[] = [];
  for (const thing of owned) {
    if (thing.kind !== 'file') continue;
    try {
      restoreFile(thing);
    } catch {
      failed.push(thing.path);
    }
  }
  return failed;
}

/** Removes folders; a writer that is just ending may add a file meanwhile, so it is tried a few times. */
export function removeFolders(folders: readonly string[]): string[] {
  return folders.filter((folder) => {
    try {
      fs.rmSync(path.resolve(folder), { recursive: true, force: true, maxRetries: 5, retryDelay: 10 });
      return false;
    } catch {
      return true;
    }
  });
}
