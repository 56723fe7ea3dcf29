import { connect, type Row, type Target } from './connect.ts';
import { quoteName } from './identifier.ts';

const SYSTEM = ['mysql', 'sys', 'information_schema', 'performance_schema'];

/** Statistics of all tables, so that plans don't depend on when the server would have made them. */
export async function analyze(target: Target): Promise<void> {
  const client = await connect(target);
  try {
    const [rows] = await client.query(
      `select table_schema as at, table_name as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in (?)`,
      [SYSTEM],
    );
    const tables = (rows as Row[]).map(({ at, name }) => `${quoteName(String(at))}.${quoteName(String(name))}`);
    for (let next = 0; next < tables.length; next += 50)
      await client.query(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${tables.slice(next, next + 50).join(', ')}`);
  } finally {
    await client.end();
  }
}
