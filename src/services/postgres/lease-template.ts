import type { Target } from './connect.ts';
import { connect } from './connect.ts';
import type { ControlConnection } from './control-connection.ts';
import { copyDatabase, type DatabaseTraits, readTraits } from './database-copy.ts';
import { parseMarker } from './marker.ts';

/** A pristine copy of the app's database, which no one can connect to; leases are copied from it while the app uses its own. */
export interface LeaseTemplate {
  readonly name: string;
  readonly token: string;
  /** Who must own the leases when the owner of the app's database cannot. */
  readonly owner?: string;
}

const BUSY_TRIES = 3;

/** Names are cut so that they stay within PostgreSQL's 63 bytes. */
export function toDatabaseName(database: string, suffix: string): string {
  let head = database;
  while (Buffer.byteLength(head) > 62 - suffix.length) head = head.slice(0, -1);
  return `${head}_${suffix}`;
}

/** The template of an earlier book: the server was restarted, its leases live on. */
export async function findTemplate(control: ControlConnection, target: Target): Promise<LeaseTemplate | undefined> {
  const name = toDatabaseName(target.database, '_seatrial_template');
  const [row] = await control.query<{ comment: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database where datname = $1`,
    [name],
  );
  const marker = parseMarker(row?.comment);
  return marker?.what === 'template' ? { name, token: marker.token } : undefined;
}

export async function makeTemplate(
  control: ControlConnection,
  target: Target,
  { token, external }: { token: string; external: boolean },
): Promise<LeaseTemplate> {
  const name = toDatabaseName(target.database, external ? `_seatrial_${token}` : '_seatrial_template');
  const marker = { what: 'template', token, since: Date.now() } as const;
  const traits = await readTraits(control, target.database);
  const copy = (source: string, copied: DatabaseTraits) =>
    copyDatabase(control, { name, source, traits: copied, marker, closed: true });
  for (let tries = 1; ; tries++) {
    try {
      await copy(target.database, { ...traits, settings: [], grants: undefined });
      return { name, token };
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === '55006' && tries < BUSY_TRIES) continue; // in use; the server itself has waited 5 s
      if (code !== '42501' || !(await isEmpty(target))) throw error;
      await copy('template1', { owner: target.user, settings: [], grants: undefined }); // not its owner, but there is nothing to copy
      return { name, token, owner: target.user };
    }
  }
}

async function isEmpty(target: Target): Promise<boolean> {
  const client = await connect(target);
  try {
    const { rows } = await client.query(
      `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' limit 1`,
    );
    return rows.length === 0;
  } finally {
    await client.end();
  }
}
