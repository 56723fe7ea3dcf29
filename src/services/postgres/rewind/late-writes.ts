import type { Leak } from '../../../core/reset.ts';
import type { RewindConnection } from './connection.ts';

/** What was written after the reset, by table; `depth`: that of tests, where there are depths. */
export async function lateWrites(connection: RewindConnection, depth: number | undefined): Promise<Leak[]> {
  const rows = await connection.query<{ name: string; rows: number }>(`
    SELECT coalesce(to_regclass(l.rel::regclass::text)::text, l.rel::text) AS name, count(*)::int AS rows FROM seatrial.log l
    WHERE ${depth === undefined ? 'true' : `seatrial.depth_of(l.xmin) >= ${depth}`} GROUP BY l.rel ORDER BY 1`);
  const marks = await connection.query<{ text: string }>(
    `SELECT DISTINCT concat_ws(' ', reason, detail) AS text FROM seatrial.mark LIMIT 5`,
  );
  const parts = [
    ...rows.map(({ name, rows: count }) => `${name} (${count} ${count === 1 ? 'row' : 'rows'})`),
    ...marks.map(({ text }) => text),
  ];
  return parts.length === 0 ? [] : [{ kind: 'write', text: `came after the test had ended: ${parts.join(', ')}` }];
}
