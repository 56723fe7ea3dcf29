import type { Connection } from 'mysql2/promise';
import { connect, type Row, type Target } from './connect.ts';
import { quoteText } from './identifier.ts';

/** One connection for statements about databases. It connects again when it broke. */
export interface ControlConnection extends AsyncDisposable {
  query(sql: string): Promise<readonly Row[]>;
}

/** While it is open, it holds the lock of this token: who finds the lock free knows that the book is gone. */
export async function openControl(target: Target, token: string): Promise<ControlConnection> {
  let client: Promise<Connection> | undefined;
  const open = async () => {
    const opened = await connect({ ...target, database: undefined }, { program: `seatrial leases ${token}` });
    opened.once('end', () => {
      client = undefined;
    });
    await opened.query(`select get_lock(${quoteText(lockOf(token))}, 0)`);
    await opened.query('SET foreign_key_checks = 0, unique_checks = 0');
    return opened;
  };
  const query = async (sql: string) => {
    client ??= open();
    const [rows] = await (await client).query(sql);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  };
  client = open();
  await client;
  return {
    query,
    [Symbol.asyncDispose]: async () => {
      await client?.then((opened) => opened.end()).catch(() => {});
    },
  };
}

/** Lock names have 64 characters at most. */
export function lockOf(token: string): string {
  return `seatrial_${token}`;
}
