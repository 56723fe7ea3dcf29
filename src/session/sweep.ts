import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Registry } from '../core/registry.ts';
import { isProcessAlive, pidScope } from '../util/platform/process-identity.ts';
import { type EndReport, endDeadSession, removeFolders } from './end-session.ts';
import type { Owner } from './ledger.ts';
import { listSessionFolders } from './session-folder.ts';

/** Younger folders without an owner are being made at this moment. */
const DRAFT_AGE_MS = 10_000;

/**
 * Ends and removes what sessions without a living owner have left. Sessions of another pid namespace, or of another kernel that uses the same
 * folders (a virtual machine on a shared volume), are left alone: their pids mean nothing here.
 */
export async function sweepDeadSessions(registry: Registry): Promise<EndReport[]> {
  const reports: EndReport[] = [];
  for (const [id, { folder, data, owner }] of listSessionFolders()) {
    const folders = [...data, ...(folder ? [folder] : [])];
    const state = judge(owner, folders);
    if (state === 'dead')
      reports.push(await endDeadSession({ id: id.replace(/^\./, ''), folder, data, owner }, { registry, justNow: false }));
    else if (state === 'draft') removeFolders(folders);
  }
  return reports;
}

/** Ends one session whose owner has died; used by the watchdog. */
export async function endSessionById(id: string, registry: Registry): Promise<EndReport | undefined> {
  const found = listSessionFolders().get(id);
  return found && endDeadSession({ id, ...found }, { registry, justNow: true });
}

export function isOwnerAlive(owner: Owner): boolean {
  const here = pidScope();
  return owner.boot === here.boot && owner.pidNamespace === here.pidNamespace && isProcessAlive(owner);
}

function judge(owner: Owner | undefined, folders: readonly string[]): 'alive' | 'foreign' | 'dead' | 'draft' {
  if (!owner) return folders.every(isOld) ? 'draft' : 'alive';
  const here = pidScope();
  if (owner.boot !== here.boot) return owner.startedAt < bootedAt() ? 'dead' : 'foreign';
  if (owner.pidNamespace !== here.pidNamespace) return 'foreign';
  return isProcessAlive(owner) ? 'alive' : 'dead';
}

/** A session that began before is of an earlier boot of this machine; one that began since, of another machine. */
function bootedAt(): number {
  return Date.now() - os.uptime() * 1000;
}

function isOld(folder: string): boolean {
  try {
    return Date.now() - fs.statSync(path.resolve(folder)).mtimeMs > DRAFT_AGE_MS;
  } catch {
    return true;
  }
}
