import { SeatrialError } from '../../errors.ts';
import type { ControlConnection } from './control-connection.ts';
import { lockOf } from './control-connection.ts';
import { quoteName, quoteText } from './identifier.ts';
import { MARKER_NAME, type Marker, parseMarker } from './marker.ts';

/** Young databases are left alone whatever it looks like: their book may be connecting again at this moment. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Drops a database and ends its connections, if it carries the expected marker. Absent = done. */
export async function dropMarked(
  { query }: ControlConnection,
  name: string,
  expected: Pick<Marker, 'what' | 'token'>,
): Promise<void> {
  const [exists] = await query(`select 1 from information_schema.schemata where schema_name = ${quoteText(name)}`);
  if (!exists) return;
  const [row] = await query(
    `select routine_comment as comment from information_schema.routines where routine_schema = ${quoteText(name)} and routine_name = '${MARKER_NAME}'`,
  );
  const marker = parseMarker(row?.comment);
  if (marker?.what !== expected.what || marker.token !== expected.token)
    throw new SeatrialError(
      'SEATRIAL_RESET_NOT_ALLOWED',
      `the database ${name} does not carry our marker, so it is not dropped`,
      { hint: 'drop it yourself if it is not needed', details: { database: name } },
    );
  for (const { id } of await connectionsTo(query, name)) await query(`KILL ${id}`).catch(() => {}); // gone meanwhile, or not ours to end
  await query(`DROP DATABASE IF EXISTS ${quoteName(name)}`);
}

/**
 * On a server that outlives us: drops what sessions that died left behind. A database is abandoned when it carries our marker, is older than
 * an hour, nobody is connected to it, and the lock of the book which made it is free.
 */
export async function sweepAbandoned(control: ControlConnection): Promise<void> {
  for (const { name, marker } of await listMarked(control)) {
    if (Date.now() - marker.since < ABANDONED_AFTER_MS) continue;
    const [lock] = await control.query(`select is_free_lock(${quoteText(lockOf(marker.token))}) as free`);
    if (Number(lock?.free) !== 1 || (await connectionsTo(control.query, name)).length > 0) continue;
    await dropMarked(control, name, marker);
  }
}

/** Drops every database with this token in its marker. */
export async function dropMarkedBy(control: ControlConnection, token: string): Promise<void> {
  for (const { name, marker } of await listMarked(control)) if (marker.token === token) await dropMarked(control, name, marker);
}

async function listMarked({ query }: ControlConnection): Promise<readonly { readonly name: string; readonly marker: Marker }[]> {
  const found = await query(
    `select routine_schema as name, routine_comment as comment from information_schema.routines where routine_name = '${MARKER_NAME}'`,
  );
  return found.flatMap(({ name, comment }) => {
    const marker = parseMarker(comment);
    return marker ? [{ name: String(name), marker }] : [];
  });
}

function connectionsTo(query: ControlConnection['query'], name: string) {
  return query(`select id from information_schema.processlist where db = ${quoteText(name)} and id <> connection_id()`);
}
