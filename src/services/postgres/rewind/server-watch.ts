import type { Leak } from '../../../core/reset.ts';
import type { Rewinder } from './rewinder.ts';

/** Notices what a test changes beyond its database: roles, settings, other databases, large objects. Nothing of that is taken back. */
export interface ServerWatch {
  /** What has changed since it was asked last. */
  changes(): Promise<Leak[]>;
}

/** One line for each thing that all databases share, and for each large object; `prefix`: databases of the leases, which come and go. */
const things = (prefix: string) => `
  SELECT 'role ' || rolname AS name, md5((r.*)::text) AS content FROM pg_roles r WHERE rolname !~ '^pg_'
  UNION ALL SELECT format('membership of %s in %s', pg_get_userbyid(member), pg_get_userbyid(roleid)), admin_option::text FROM pg_auth_members
  UNION ALL SELECT 'settings of ' || concat_ws(' in ', nullif(pg_get_userbyid(s.setrole), 'unknown (OID=0)'), d.datname), s.setconfig::text
    FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname IS NULL OR d.oid = (SELECT oid FROM pg_database WHERE datname = current_database()) OR NOT starts_with(d.datname, '${prefix}')
  UNION ALL SELECT 'database ' || datname, concat_ws(' ', datdba, datacl, datallowconn, datconnlimit) FROM pg_database
    WHERE NOT starts_with(datname, '${prefix}') AND coalesce(shobj_description(oid, 'pg_database'), '') NOT LIKE 'seatrial %'
  UNION ALL SELECT 'tablespace ' || spcname, concat_ws(' ', spcowner, spcacl, spcoptions) FROM pg_tablespace
  UNION ALL SELECT 'setting ' || name, reset_val FROM pg_settings WHERE context <> 'internal' AND source IN ('configuration file', 'default')
  UNION ALL SELECT 'large object ' || m.oid, concat_ws(' ', m.lomowner, m.lomacl, (SELECT string_agg(l.pageno || ':' || l.xmin, ' ' ORDER BY l.pageno) FROM pg_largeobject l WHERE l.loid = m.oid))
    FROM pg_largeobject_metadata m`;

export function createServerWatch(rewinder: Rewinder, database: string): ServerWatch {
  const sql = things(database.replace(/_[a-z0-9]+$/, '_').replaceAll("'", "''"));
  let known: ReadonlyMap<string, string> | undefined;
  return {
    changes: async () => {
      const rows = await rewinder.surely(() => rewinder.connection.query<{ name: string; content: string | null }>(sql));
      const before = known;
      const now = new Map(rows.map(({ name, content }) => [name, content ?? '']));
      known = now;
      if (!before) return [];
      const made = [...now.keys()].filter((name) => !before.has(name)).map((name) => `${name} was made`);
      const gone = [...before.keys()].filter((name) => !now.has(name)).map((name) => `${name} was dropped`);
      const changed = [...now].filter(([name, content]) => before.has(name) && before.get(name) !== content);
      return [...made, ...gone, ...changed.map(([name]) => `${name} was changed`)].map((text) => ({ kind: 'server', text }));
    },
  };
}
