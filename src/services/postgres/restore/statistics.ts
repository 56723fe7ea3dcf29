import type { ControlConnection } from '../control-connection.ts';
import type { DatabaseTraits } from '../database-copy.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import { baselineRows } from './catalogues.ts';
import type { Difference } from './difference.ts';
import { NotRestorable } from './not-restorable.ts';

/**
 * What a database must have set that is restored in place. Since PostgreSQL 15 cumulative statistics are entries in shared memory, by the number of
 * the relation or function. An entry that is dropped stays, as a dropped one, while other sessions refer to it; when what a restore has brought back
 * under that number is dropped again, the server fails in the midst of COMMIT, and all of it ends with a PANIC. So nothing is counted there, unless
 * somebody has asked for it: then `refuseCounted` sees to it that numbers do not come back.
 */
export async function settingsForRestore(
  control: ControlConnection,
  { settings }: Pick<DatabaseTraits, 'settings'>,
): Promise<DatabaseTraits['settings']> {
  if (settings.some(({ name }) => name === 'track_counts')) return [];
  return control.query<DatabaseTraits['settings'][number] & Record<string, unknown>>(
    `select null as role, name, 'off' as value from pg_catalog.pg_settings where name = 'track_counts' and source = 'default'
       and current_setting('server_version_num')::int >= 150000 and current_setting('is_superuser') = 'on'`,
  );
}

/** Catalogues that statements read. Others are read by a session that starts too, before its database's settings hold. */
const READ_BY_STATEMENTS = [
  'pg_attrdef',
  'pg_depend',
  'pg_operator',
  'pg_proc',
  'pg_rewrite',
  'pg_statistic',
  'pg_trigger',
  'pg_type',
];

/**
 * Entries that were dropped can't be seen. But whoever counts has also counted in the catalogues, whose entries are never dropped: where there is
 * none at all in this database, there never was one.
 */
export async function refuseCounted(connection: RewindConnection, differences: readonly Difference[]): Promise<void> {
  const missing = (wanted: string) => differences.find(({ catalogue }) => catalogue.name === wanted)?.missing ?? '{}';
  const { scope } = differences[0]?.catalogue ?? { scope: 'run' };
  if (missing('pg_class') === '{}' && missing('pg_proc') === '{}') return;
  const [server] = await connection.query<{ shares: boolean }>(
    `SELECT to_regproc('pg_catalog.pg_stat_have_stats') IS NOT NULL
       AND ('${missing('pg_proc')}' <> '{}' OR EXISTS (SELECT FROM ${baselineRows({ name: 'pg_class', scope })} b
         WHERE b.seatrial_ctid = ANY ('${missing('pg_class')}'::tid[]) AND b.relkind NOT IN ('v', 'c', 'f'))) AS shares`,
  );
  if (!server?.shares) return;
  const [row] = await connection.query<{ counted: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE pg_stat_have_stats('relation', d.oid, c.oid::int8)
           AND (c.oid >= 16384 OR coalesce(i.indrelid, c.oid) = ANY ('{${READ_BY_STATEMENTS.join()}}'::regclass[])))
         OR EXISTS (SELECT FROM pg_proc p WHERE p.oid >= 16384 AND pg_stat_have_stats('function', d.oid, p.oid::int8)) AS counted
       FROM pg_database d WHERE d.datname = current_database()`,
  );
  if (row?.counted)
    throw new NotRestorable(
      'what was dropped has statistics, which the server does not let come back (track_counts, track_functions)',
    );
}
