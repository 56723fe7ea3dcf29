import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlConnection } from '../control-connection.ts';
import { quoteName, quoteText } from '../identifier.ts';
import { type Marker, toMarker } from '../marker.ts';

export interface Exchange {
  /** The database that everybody knows by this name. */
  readonly name: string;
  /** The one that takes its place. */
  readonly clone: string;
  /** The name that the old one gets. */
  readonly aside: string;
  /** Of the one that takes the place; the old one gets that of the pool. */
  readonly marker: Pick<Marker, 'what' | 'token'>;
}

/** Gives a clone the name of a database, whose sessions are ended. Whoever connects meanwhile is refused. Answers how many sessions there were. */
export async function exchangeDatabase(control: ControlConnection, { name, clone, aside, marker }: Exchange): Promise<number> {
  await control.query(`ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS false`);
  try {
    const ended = await endSessions(control, name);
    const comment = (database: string, what: Marker['what']) =>
      `COMMENT ON DATABASE ${quoteName(database)} IS ${quoteText(toMarker({ what, token: marker.token, since: Date.now() }))}`;
    // The statements of one message are one transaction.
    await control.query(
      [
        `ALTER DATABASE ${quoteName(name)} RENAME TO ${quoteName(aside)}`,
        `ALTER DATABASE ${quoteName(clone)} RENAME TO ${quoteName(name)}`,
        comment(name, marker.what),
        comment(aside, POOLED),
      ].join('; '),
    );
    return ended;
  } catch (error) {
    await control.query(`ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS true`).catch(() => {});
    throw error;
  }
}

/** Clones that wait for their lease, and databases that were exchanged. */
export const POOLED = 'lease pool';

/** Ends all sessions in a database and waits until they are gone; the server itself would look every 100 ms only. */
export async function endSessions(control: ControlConnection, database: string): Promise<number> {
  const ended = new Set<number>();
  for (let pauseMs = 0.5; ; pauseMs = Math.min(pauseMs * 1.5, 20)) {
    const open = await control.query<{ pid: number }>(
      `select pid, pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where datname = $1`,
      [database],
    );
    if (open.length === 0) return ended.size;
    for (const { pid } of open) ended.add(pid);
    await sleep(pauseMs);
  }
}
