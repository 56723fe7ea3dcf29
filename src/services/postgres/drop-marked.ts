import { SeatrialError } from '../../errors.ts';
import type { ControlConnection } from './control-connection.ts';
import { quoteName } from './identifier.ts';
import { type Marker, parseMarker } from './marker.ts';

/** Young databases are left alone whatever it looks like: their book may be connecting again at this moment. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Drops a database and ends its connections, if it carries the expected marker. Absent = done. */
export async function dropMarked(
  control: ControlConnection,
  name: string,
  expected: Pick<Marker, 'what' | 'token'>,
): Promise<void> {
  const [row] = await control.query<{ comment: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database where datname = $1`,
    [name],
  );
  if (!row) return;
  const marker = parseMarker(row.comment);
  if (marker?.what !== expected.what || marker.token !== expected.token)
    throw new SeatrialError(
      'SEATRIAL_RESET_NOT_ALLOWED',
      `the database ${name} does not carry our marker, so it is not dropped`,
      {
        hint: 'drop it yourself if it is not needed',
        details: { database: name, comment: row.comment },
      },
    );
  await control.query(`DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`);
}

/**
 * On a server that outlives us: drops what sessions that died left behind. A database is abandoned when it carries our marker, is older than
 * an hour, nobody is connected to it, and the connection of the book which made it is gone.
 */
export async function sweepAbandoned(control: ControlConnection): Promise<void> {
  const found = await control.query<{ name: string; comment: string }>(
    `select d.datname as name, pg_catalog.shobj_description(d.oid, 'pg_database') as comment from pg_catalog.pg_database d
      where pg_catalog.shobj_description(d.oid, 'pg_database') like 'seatrial %'
        and d.datdba = (select oid from pg_catalog.pg_roles where rolname = current_user)
        and not exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid)`,
  );
  for (const { name, comment } of found) {
    const marker = parseMarker(comment);
    if (!marker || Date.now() - marker.since < ABANDONED_AFTER_MS) continue;
    const owners = await control.query(`select from pg_catalog.pg_stat_activity where application_name = $1`, [
      `seatrial leases ${marker.token}`,
    ]);
    if (owners.length === 0) await dropMarked(control, name, marker);
  }
}

/** Drops every database with this token in its marker. */
export async function dropMarkedBy(control: ControlConnection, token: string): Promise<void> {
  const found = await control.query<{ name: string; comment: string }>(
    `select datname as name, pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database
      where pg_catalog.shobj_description(oid, 'pg_database') like 'seatrial %'`,
  );
  for (const { name, comment } of found) {
    const marker = parseMarker(comment);
    if (marker?.token === token) await dropMarked(control, name, marker);
  }
}
