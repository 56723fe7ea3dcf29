import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ResolvedConfig } from '../core/config.ts';
import { namesIn } from '../util/read-if-there.ts';
import { readOwner } from './ledger.ts';
import { sessionsFolder } from './session-folder.ts';
import { isOwnerAlive } from './sweep.ts';

/** What others need to reach a living session; the token beside it is readable by its user only. */
export interface SessionRecord {
  readonly id: string;
  readonly pid: number;
  readonly project: { readonly name: string; readonly root: string };
  /** `services`: started by `seatrial services start`, runs attach to it. */
  readonly mode: 'run' | 'services';
  /** Equal when the services that the configuration asks for are equal. */
  readonly configKey: string;
  readonly url: string;
  readonly socketPath: string;
  readonly startedAt: number;
  readonly idleMs: number;
}
export interface LivingSession extends SessionRecord {
  readonly folder: string;
  readonly token: string;
}

export function writeSessionRecord(folder: string, record: SessionRecord, token: string): void {
  fs.writeFileSync(path.join(folder, 'token'), token, { mode: 0o600 });
  const draft = path.join(folder, '.session.json');
  fs.writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
  fs.renameSync(draft, path.join(folder, 'session.json'));
}

/** Sessions of this user whose owner lives, the youngest first. */
export function listLivingSessions(): LivingSession[] {
  const found: LivingSession[] = [];
  for (const id of namesIn(sessionsFolder())) {
    const folder = path.join(sessionsFolder(), id);
    const owner = readOwner(folder);
    if (!owner || !isOwnerAlive(owner)) continue;
    try {
      const record = JSON.parse(fs.readFileSync(path.join(folder, 'session.json'), 'utf8')) as SessionRecord;
      found.push({ ...record, folder, token: fs.readFileSync(path.join(folder, 'token'), 'utf8') });
    } catch {
      // it is just starting or ending
    }
  }
  return found.sort((a, b) => b.startedAt - a.startedAt);
}

/** The session that keeps the services of this project warm. */
export function findServicesSession(root: string): LivingSession | undefined {
  return listLivingSessions().find(({ mode, project }) => mode === 'services' && project.root === root);
}

export function configKey(config: ResolvedConfig): string {
  const asked = [config.services, config.drivers, config.artifacts];
  const text = JSON.stringify(asked, (key, value: unknown) => (key === 'origin' ? undefined : value)); // a line that moved changes nothing
  return crypto.createHash('sha256').update(text).digest('hex').slice(0, 16);
}
