import type pg from 'pg';

/** All definitions as PostgreSQL itself writes them, with their numbers; shares nothing with the restorer, which knows catalogues only. */
export async function readDefinitions(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(`
    SELECT line FROM (
      SELECT format('%s %s %s %s %s', c.oid, c.relkind, c.oid::regclass, c.relacl, c.relpersistence) AS line FROM pg_class c WHERE c.oid >= 16384 AND c.relpersistence <> 't'
      UNION ALL SELECT format('%s %s %s %s %s %s %s', a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
          pg_get_expr(d.adbin, d.adrelid)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
      UNION ALL SELECT concat(pg_get_indexdef(indexrelid), indisvalid) FROM pg_index WHERE indexrelid >= 16384 AND indrelid::regclass::text !~ 'pg_toast|pg_temp'
      UNION ALL SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE oid >= 16384
      UNION ALL SELECT concat(pg_get_triggerdef(oid), tgenabled, tgisinternal) FROM pg_trigger
      UNION ALL SELECT pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc WHERE oid >= 16384 AND prokind = 'f'
      UNION ALL SELECT pg_get_viewdef(c.oid) FROM pg_class c WHERE c.oid >= 16384 AND relkind IN ('v', 'm')
      UNION ALL SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE oid >= 16384
      UNION ALL SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
      UNION ALL SELECT format('%s %s', p.polname, pg_get_expr(p.polqual, p.polrelid)) FROM pg_policy p
      UNION ALL SELECT format('%s %s %s', enumtypid::regtype, enumsortorder, enumlabel) FROM pg_enum
      UNION ALL SELECT format('%s %s', oid, typname) FROM pg_type WHERE oid >= 16384 AND typnamespace <> pg_my_temp_schema() AND typnamespace::regnamespace::text !~ 'temp'
      UNION ALL SELECT format('%s %s', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_'
      UNION ALL SELECT format('%s in %s %s', inhrelid::regclass, inhparent::regclass, pg_get_expr(c.relpartbound, c.oid)) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
      UNION ALL SELECT format('%s %s %s', seqrelid::regclass, seqincrement, seqstart) FROM pg_sequence
      UNION ALL SELECT extname FROM pg_extension UNION ALL SELECT defaclacl::text FROM pg_default_acl
      UNION ALL SELECT format('%s %s %s', objoid, objsubid, description) FROM pg_description WHERE objoid >= 2200 AND classoid <> 'pg_proc'::regclass AND objoid >= 16384
    ) d ORDER BY line COLLATE "C"`);
  return rows.map(({ line }) => line).join('\n');
}

/** What PostgreSQL's own checker finds wrong in the files of tables and B-trees. Dead rows may have columns that were taken back. */
export async function readDamage(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ damage: string }>(`
    SELECT concat_ws(' ', c.oid::regclass, v.blkno, v.offnum, v.msg) AS damage FROM pg_class c CROSS JOIN LATERAL verify_heapam(c.oid) v
      WHERE c.relkind IN ('r', 't', 'm') AND c.relpersistence <> 't' AND v.msg !~ 'exceeds maximum expected for table'
    UNION ALL SELECT NULLIF(bt_index_check(i.indexrelid, true)::text, '') FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE c.relkind = 'i' AND c.relpersistence <> 't' AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')`);
  return rows.map(({ damage }) => damage).filter(Boolean);
}
