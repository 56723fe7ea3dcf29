import { setTimeout as sleep } from 'node:timers/promises';

/** A server that recovers from a crash reads its log. */
const RECOVERY_MS = 20_000;
/** While it is restarted nobody listens; nobody does either where it is gone for good. */
const RESTART_MS = 5_000;

/** Opens a connection to a server that may refuse that for the moment, since it starts, is restarted or recovers from a crash. */
export async function persistently<T>(open: () => Promise<T>, isPassing: (error: unknown) => boolean = isLoss): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    try {
      return await open();
    } catch (error) {
      const patienceMs = (error as { code?: string }).code === 'ECONNREFUSED' ? RESTART_MS : RECOVERY_MS;
      if (!isPassing(error) || performance.now() - startedAt > patienceMs) throw error;
      await sleep(pauseMs);
    }
  }
}

/** The connection has gone while it was asked, or before; or there is no server, for the moment. */
export function isLoss(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    /^(57P0[1-3]|08...|ECONNRESET|ECONNREFUSED|EPIPE)$/.test(code) ||
    /Connection terminated|not queryable|Client was closed/.test(message)
  );
}

/** The server is there, but not up yet. For a first connection: who does not answer at all, or otherwise than a server, is not waited for. */
export function isStarting(error: unknown): boolean {
  return (error as { code?: string }).code === '57P03';
}
