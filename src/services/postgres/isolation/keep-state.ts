import type { Client } from 'pg';
import type { Kept } from '../../../core/reset.ts';
import { connect, type Target } from '../connect.ts';
import { copyBetween } from '../copy-between.ts';
import { toFields } from '../fields.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import type { LeaseServer } from './lease-server.ts';

export interface KeepRequest {
  readonly server: LeaseServer;
  /** The pristine template. */
  readonly template: string;
  /** Query for the numbers of the tables that may differ from the template. */
  readonly tables: string;
  readonly name: string;
}

/** All tables, where nothing tells which were written to. */
export const ALL_TABLES = `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('seatrial', 'information_schema') AND n.nspname !~ '^pg_'`;
/** Those that the undo log knows of. */
export const LOGGED_TABLES = 'SELECT rel FROM seatrial.log UNION SELECT rel FROM seatrial.unlike_seed';

interface Shape extends Record<string, unknown> {
  readonly oid: number;
  readonly name: string;
  readonly columns: string;
  /** Equal where rows of one can be copied into the other. */
  readonly shape: string;
}

/**
 * Copies what a lease holds now into a database of its own, while the app stays connected: a clone of the template whose tables get the rows of the
 * lease. Tables that the template does not have in the same shape are left out, and named.
 */
export async function keepState(connection: RewindConnection, { server, template, tables, name }: KeepRequest): Promise<Kept> {
  const database = await server.copy(template, `kept_${name}`.replace(/[^a-z0-9_]/g, '_'));
  const target: Target = { ...server.target, database };
  const copy = await connect(target, { application: 'seatrial keep' });
  await connection.ensure();
  try {
    await copy.query('SET session_replication_role = replica');
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const left = await copyTables(connection.client, copy, tables);
    const { url } = toFields(target);
    return {
      url,
      open: `psql '${url}'${left.length > 0 ? ` # without ${left.join(', ')}: made or altered since the seed` : ''}`,
    };
  } finally {
    await connection.query('ROLLBACK');
    await copy.end();
  }
}

async function copyTables(lease: Client, copy: Client, tables: string): Promise<string[]> {
  const present = (await lease.query<Shape>(shapes(tables))).rows;
  const known = new Map((await copy.query<Shape>(shapes(present.map(({ oid }) => oid)))).rows.map((shape) => [shape.oid, shape]));
  const left: string[] = [];
  for (const { oid, name, columns, shape } of present) {
    const other = known.get(oid);
    if (other?.shape !== shape) left.push(name);
    else {
      await copy.query(`DELETE FROM ONLY ${other.name}`);
      await copyBetween(
        { client: lease, sql: `COPY (SELECT ${columns} FROM ONLY ${name}) TO STDOUT (FORMAT binary)` },
        { client: copy, sql: `COPY ${other.name} (${other.columns}) FROM STDIN (FORMAT binary)` },
      );
    }
  }
  const { rows } = await lease.query<{ all: string }>(
    `SELECT json_agg(json_build_object('oid', s.seqrelid::int8, 'at', coalesce(pg_sequence_last_value(s.seqrelid::regclass), s.seqstart)::text,
       'called', pg_sequence_last_value(s.seqrelid::regclass) IS NOT NULL))::text AS all
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relpersistence <> 't'`,
  );
  await copy.query(
    `SELECT setval(p.seqrelid::regclass, s.at, s.called) FROM json_to_recordset($1::json) s(oid oid, at bigint, called boolean)
     JOIN pg_sequence p ON p.seqrelid = s.oid`,
    [rows[0]?.all ?? '[]'],
  );
  return left;
}

function shapes(tables: string | readonly number[]): string {
  const wanted = typeof tables === 'string' ? `IN (${tables})` : `= ANY ('{${tables.join()}}'::oid[])`;
  return `SELECT c.oid::int8::int AS oid, format('%I.%I', n.nspname, c.relname) AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
      string_agg(concat_ws(' ', a.attnum, a.atttypid, a.atttypmod), ',' ORDER BY a.attnum) AS shape
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND c.oid ${wanted} GROUP BY c.oid, n.nspname, c.relname ORDER BY c.oid`;
}
