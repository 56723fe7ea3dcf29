import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';
import { noteStatements } from './baseline.ts';
import { readCatalogues, readTemporary } from './catalogues.ts';
import { restoreDefinitions } from './definitions.ts';
import { type Difference, readDifferences, readWritten } from './difference.ts';
import { fillTables, type Seeded } from './fill.ts';
import { NotRestorable } from './not-restorable.ts';
import { refuseCounted } from './statistics.ts';
import { dropFresh, makeStorage, noteFiles, planStorage } from './storage.ts';
import { announceTables, lockTables } from './touched.ts';

/**
 * Takes back, in place, what DDL in a test did: no connection of the app is ended, and what comes back has the number that it had. One transaction,
 * which the caller has begun and in which nobody else writes; the caller rolls back when it throws, `NotRestorable` where it says why.
 * Afterwards log and rewind work as if the DDL had never been. Answers how many tables and other stored objects differed.
 */
export async function restoreInPlace(connection: RewindConnection, wanted: DefinitionScope, seeded: Seeded): Promise<number> {
  const [ours] = await connection.query<{ there: boolean }>("SELECT to_regclass('seatrial.baseline') IS NOT NULL AS there");
  if (!ours?.there) throw new NotRestorable('the schema of Seatrial itself was dropped');
  const temporary = await readTemporary(connection);
  // The copies have no statistics: nested loops over them would be chosen, and code be compiled for what takes a millisecond.
  await connection.query('SET LOCAL allow_system_table_mods = on; SET LOCAL enable_nestloop = off; SET LOCAL jit = off');
  const fileHasOwn = await hasFileBaseline(connection);
  const scope = fileHasOwn ? wanted : 'run';
  const leavesFile = fileHasOwn && wanted === 'run';
  const catalogues = await readCatalogues(connection, scope);
  const dropped = await dropFresh(connection, scope, temporary);
  const written = await readWritten(connection, catalogues, scope);
  const differences = await readDifferences(connection, written, temporary);
  refuseBuiltIn(differences);
  await refuseCounted(connection, differences);
  const touched = [...new Set(differences.flatMap(({ tables }) => tables))];
  await lockTables(connection, touched);
  const hasNewLabels = differences.some(({ catalogue, changed }) => catalogue.name === 'pg_enum' && changed !== null);
  const plan = await planStorage(connection, scope, { touched, hasNewLabels, leavesFile });
  await lockTables(
    connection,
    plan.refill.map(({ oid }) => oid).filter((oid) => !touched.includes(oid)),
  );
  for (const difference of differences) await restoreDefinitions(connection, difference);
  await announceTables(connection, touched);
  await makeStorage(connection, plan);
  const hasStorage = plan.refill.length + plan.sequences.length > 0;
  if (hasStorage) await fillTables(connection, plan, { scope, seeded, leavesFile });
  // Also catches what somebody has written while locks were waited for.
  const rewritten = hasStorage ? await readWritten(connection, catalogues, scope) : differences.map(({ catalogue }) => catalogue);
  const left = await readDifferences(connection, rewritten, temporary);
  if (left.length > 0)
    throw new NotRestorable(`${left.map(({ catalogue }) => catalogue.name).join(', ')} could not be written back`);
  await connection.query(
    [
      ...FORGET[wanted],
      ...noteStatements(hasStorage ? rewritten : written),
      ...noteFiles(plan, scope),
      FORGET_REFRESHED,
      'DELETE FROM seatrial.mark',
    ].join(';\n'),
  );
  return dropped + touched.length;
}

/** The file has definitions of its own only where it ran DDL outside its tests. */
async function hasFileBaseline(connection: RewindConnection): Promise<boolean> {
  const [row] = await connection.query<{ there: boolean }>(
    "SELECT EXISTS (SELECT FROM seatrial.baseline WHERE scope = 'file') AS there",
  );
  return row?.there === true;
}

/** Whoever goes back to the run's definitions leaves the file. */
const FORGET: Readonly<Record<DefinitionScope, readonly string[]>> = {
  file: [],
  run: [
    "DELETE FROM seatrial.unlike_seed u USING seatrial.baseline b WHERE b.scope = 'seed' AND b.catalogue = u.rel::text",
    "DELETE FROM seatrial.baseline WHERE scope IN ('file', 'seed')",
    "DELETE FROM seatrial.baseline_attribute WHERE scope = 'file'",
    // Capture that the file's definitions had needed has gone with them.
    `DELETE FROM seatrial.covered v USING seatrial.baseline b
       WHERE b.scope = 'run' AND b.catalogue = 'taken pg_proc' AND age(v.xmin) < age(b.xmin_was)`,
  ],
};

/** Materialized views that only a test has refreshed. */
const FORGET_REFRESHED = `DELETE FROM seatrial.unlike_seed u USING pg_class c
  WHERE c.oid = u.rel AND c.relkind = 'm' AND NOT EXISTS (SELECT FROM seatrial.baseline b WHERE b.catalogue = 'view ' || u.rel)`;

function refuseBuiltIn(differences: readonly Difference[]): void {
  const written = differences.filter(({ builtIn }) => builtIn > 0);
  if (written.length > 0)
    throw new NotRestorable(
      `objects of the server itself were changed (${written.map(({ catalogue }) => catalogue.name).join(', ')})`,
    );
}
