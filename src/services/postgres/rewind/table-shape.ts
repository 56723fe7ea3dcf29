import type { RewindConnection } from './connection.ts';

/** What capture and rewind need to know of a table. Names have their schema and are quoted where SQL needs it. */
export interface TableShape {
  readonly oid: number;
  readonly name: string;
  /** A leaf of a partitioned table: statement triggers of its parent do not see which leaf a row went to. */
  readonly isPartition: boolean;
  /** The primary key's columns in order; empty = none. `equals`: the operator of its index. */
  readonly keys: readonly { readonly name: string; readonly type: string; readonly equals: string }[];
  /** Columns that can be inserted: not dropped, not generated. */
  readonly columns: readonly string[];
  /** Settings of the app's session that the text of some column depends on. */
  readonly styles: readonly ('DateStyle' | 'IntervalStyle' | 'extra_float_digits' | 'search_path')[];
  readonly kind: 'table' | 'foreign';
}

/** All tables of the user in the database; partitioned parents have no rows of their own. The connection's search path is empty. */
export async function readTables(connection: RewindConnection): Promise<TableShape[]> {
  return connection.query<TableShape & Record<string, unknown>>(`
    SELECT c.oid::int8::int AS oid, format('%I.%I', n.nspname, c.relname) AS name, c.relispartition AS "isPartition",
           CASE c.relkind WHEN 'f' THEN 'foreign' ELSE 'table' END AS kind,
           coalesce((SELECT json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod), 'equals',
                 (SELECT format('OPERATOR(%I.%s)', op.nspname, o.oprname) FROM pg_opclass oc
                    JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype AND am.amopstrategy = 3
                    JOIN pg_operator o ON o.oid = am.amopopr JOIN pg_namespace op ON op.oid = o.oprnamespace WHERE oc.oid = i.indclass[k.ord - 1])) ORDER BY k.ord)
             FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(att, ord)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att
             WHERE i.indrelid = c.oid AND i.indisprimary AND k.ord <= i.indnkeyatts), '[]') AS keys,
           coalesce((SELECT json_agg(quote_ident(a.attname) ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '[]') AS columns,
           coalesce((SELECT json_agg(DISTINCT style ORDER BY style) FROM pg_attribute a CROSS JOIN LATERAL unnest(CASE
               WHEN a.atttypid::regtype::text = ANY ('{bigint,integer,smallint,numeric,text,"character varying",character,uuid,boolean,bytea,json,jsonb,inet,cidr,oid}') THEN '{}'
               WHEN (SELECT typtype FROM pg_type WHERE oid = a.atttypid) = 'e' THEN '{}'
               WHEN a.atttypid::regtype::text ~ '^(date|time)' THEN '{DateStyle}'
               WHEN a.atttypid::regtype::text IN ('real', 'double precision') THEN '{extra_float_digits}'
               WHEN a.atttypid::regtype::text = 'interval' THEN '{IntervalStyle}'
               WHEN a.atttypid::regtype::text ~ '^reg' THEN '{search_path}'
               ELSE '{DateStyle,IntervalStyle,extra_float_digits,search_path}' END::text[]) style
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS styles
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND n.nspname NOT IN ('seatrial', 'information_schema') AND n.nspname !~ '^pg_'
    ORDER BY c.oid`);
}
