import { setTimeout as sleep } from 'node:timers/promises';
import type { Rewinder } from './rewinder.ts';

/** A process that has died is seen by the server a little later. */
const PAUSES_MS = [0, 5, 20, 50];

/** What rewind leaves as it is: settings and rights of the database, numbers of sequences that hand out blocks. Large objects are not compared: where there are any, nothing is known. */
const UNLOGGED = `
  SELECT concat_ws(' ', (SELECT string_agg(s.setrole || s.setconfig::text, ' ' ORDER BY s.setrole) FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid),
      d.datacl, d.datconnlimit, d.datdba,
      (SELECT string_agg(seqrelid || '=' || pg_catalog.pg_sequence_last_value(seqrelid), ' ' ORDER BY seqrelid) FROM pg_catalog.pg_sequence WHERE seqincrement <> 1 OR seqcache > 1)) AS state,
    EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS unknown,
    EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend')
      OR EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname) AS used
  FROM pg_catalog.pg_database d WHERE d.datname = current_database()`;

/** Answers whether, at a later time, what the log does not know is as it is now, and nobody else is connected. */
export async function watchUnlogged(rewinder: Rewinder): Promise<() => Promise<boolean>> {
  const read = async () => {
    const [row] = await rewinder.surely(() =>
      rewinder.connection.query<{ state: string; unknown: boolean; used: boolean }>(UNLOGGED),
    );
    return row as { state: string; unknown: boolean; used: boolean };
  };
  const first = await read();
  return async () => {
    for (const pauseMs of PAUSES_MS) {
      await sleep(pauseMs);
      const now = await read();
      if (now.unknown || now.state !== first.state) return false;
      if (!now.used) return true;
    }
    return false;
  };
}
