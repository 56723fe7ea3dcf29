import { SeatrialError } from '../../errors.ts';
import type { ControlConnection } from './control-connection.ts';
import { quoteName, quoteText } from './identifier.ts';
import { type Marker, toMarker } from './marker.ts';

/** What `CREATE DATABASE ... TEMPLATE` does not copy. */
export interface DatabaseTraits {
  readonly owner: string;
  readonly settings: readonly { readonly role: string | null; readonly name: string; readonly value: string }[];
  /** `GRANT` statements with `%s` for the database; undefined = the rights are the default ones. */
  readonly grants: readonly string[] | undefined;
}

export async function readTraits(control: ControlConnection, database: string): Promise<DatabaseTraits> {
  const [row] = await control.query<{ owner: string; has_acl: boolean }>(
    `select pg_catalog.pg_get_userbyid(datdba) as owner, datacl is not null as has_acl from pg_catalog.pg_database where datname = $1`,
    [database],
  );
  if (!row) throw new SeatrialError('SEATRIAL_LEASE_FAILED', `there is no database ${database} on the server`);
  const settings = await control.query<DatabaseTraits['settings'][number]>(
    `select case when s.setrole = 0 then null else pg_catalog.pg_get_userbyid(s.setrole) end as role,
            split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value
       from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c where d.datname = $1`,
    [database],
  );
  if (!row.has_acl) return { owner: row.owner, settings, grants: undefined };
  const grants = await control.query<{ sql: string }>(
    `select format('GRANT %s ON DATABASE %%s TO %s%s', a.privilege_type,
                   case when a.grantee = 0 then 'PUBLIC' else quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end,
                   case when a.is_grantable then ' WITH GRANT OPTION' else '' end) as sql
       from pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a where d.datname = $1`,
    [database],
  );
  return { owner: row.owner, settings, grants: grants.map(({ sql }) => sql) };
}

/** A copy of `source` with our marker on it; `closed` = nobody may connect to it. */
export async function copyDatabase(
  control: ControlConnection,
  copy: {
    readonly name: string;
    readonly source: string;
    readonly traits: DatabaseTraits;
    readonly marker: Marker;
    readonly closed?: boolean;
  },
): Promise<void> {
  const name = quoteName(copy.name);
  const [server] = await control.query<{ major: number }>(`select current_setting('server_version_num')::int / 10000 as major`);
  const strategy = (server?.major ?? 0) >= 15 ? 'STRATEGY file_copy' : '';
  const { owner, settings, grants } = copy.traits;
  await control.query(
    `CREATE DATABASE ${name} TEMPLATE ${quoteName(copy.source)} ${strategy} OWNER ${quoteName(owner)} ALLOW_CONNECTIONS ${!copy.closed}`,
  );
  try {
    // The statements of one message are one transaction.
    await control.query(
      [
        `COMMENT ON DATABASE ${name} IS ${quoteText(toMarker(copy.marker))}`,
        ...(grants ? [`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`, ...grants.map((sql) => sql.replace('%s', name))] : []),
        ...settings.map((setting) => settingStatements(name, setting)),
      ].join(';\n'),
    );
  } catch (error) {
    await control.query(`DROP DATABASE IF EXISTS ${name}`).catch(() => {});
    throw error;
  }
}

/** `FROM CURRENT` leaves the quoting of list settings such as search_path to the server. */
function settingStatements(database: string, { role, name, value }: DatabaseTraits['settings'][number]): string {
  const on = role === null ? `DATABASE ${database}` : `ROLE ${quoteName(role)} IN DATABASE ${database}`;
  const setting = name.split('.').map(quoteName).join('.');
  return `select set_config(${quoteText(name)}, ${quoteText(value)}, true);\nALTER ${on} SET ${setting} FROM CURRENT`;
}
