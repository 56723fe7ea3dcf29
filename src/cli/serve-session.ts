import path from 'node:path';
import { createSessionDoor, type DoorOptions } from '../control/door.ts';
import { type ControlServer, startControlServer } from '../control/server.ts';
import type { Session } from '../session/session.ts';
import { configKey, type SessionRecord, writeSessionRecord } from '../session/session-record.ts';
import { newToken } from './token.ts';

export interface ServedSession extends ControlServer {
  readonly token: string;
}

/** Serves the control API for a session and makes it findable. */
export async function serveSession(
  session: Session,
  { mode, idleMs, ...door }: DoorOptions & Pick<SessionRecord, 'mode' | 'idleMs'>,
): Promise<ServedSession> {
  const token = newToken();
  const socketPath = path.join(session.folder, 'control.sock');
  const server = await startControlServer(createSessionDoor(session, door), { token, socketPath });
  const { id, startedAt, plan } = session;
  const { project } = plan.config;
  const record = {
    id,
    pid: process.pid,
    project,
    mode,
    configKey: configKey(plan.config),
    url: server.url,
    socketPath,
    startedAt,
    idleMs,
  };
  writeSessionRecord(session.folder, record, token);
  return { ...server, token };
}
