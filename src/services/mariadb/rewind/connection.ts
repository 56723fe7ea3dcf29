import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Target } from '../connect.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The dedicated connection through which the databases of a lease are taken back. It never waits for a lock: whoever is in the way is asked again, or ended. */
export interface RewindConnection extends AsyncDisposable {
  readonly threadId: number;
  /** Runs the statements in one round trip and answers the rows of each; those that answer none give an empty list. */
  batch(statements: readonly string[]): Promise<readonly (readonly Row[])[]>;
  /** One statement. */
  query<R extends Row = Row>(sql: string): Promise<readonly R[]>;
}

/** Holds for good, and for the triggers that are made here: they keep the `sql_mode` of their making. */
export const SQL_MODE = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';

const SETTINGS = [
  'SET NAMES utf8mb4',
  `SET sql_mode = '${SQL_MODE}'`, // rows come back as they were, zero dates and invalid ones too
  'SET foreign_key_checks = 0', // also: no cascades
  'SET check_constraint_checks = 0',
  'SET innodb_strict_mode = 0',
  // At once, or not: so that this never hangs behind the app, and an app that collides with it is never the victim of a deadlock.
  'SET innodb_lock_wait_timeout = 0',
  'SET lock_wait_timeout = 0',
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', // the gaps of the log are locked: no writer gets past
  'SET autocommit = 1, wait_timeout = 31536000, max_statement_time = 0, sql_safe_updates = 0, sql_select_limit = DEFAULT',
  'SET @seatrial_off = 1', // capture and the triggers of the project look at it
];

export async function openRewindConnection(target: Target): Promise<RewindConnection> {
  const { default: mysql } = await import('mysql2/promise');
  const client: Connection = await mysql.createConnection({
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    ...(target.tls ? { ssl: { rejectUnauthorized: target.tls === 'checked' } } : {}),
    connectAttributes: { program_name: 'seatrial rewind' },
    charset: 'utf8mb4',
    multipleStatements: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
  });
  client.on('error', () => {}); // a connection that breaks while idle shows at its next query
  const batch = async (statements: readonly string[]): Promise<readonly (readonly Row[])[]> => {
    if (statements.length === 0) return [];
    const [results] = await client.query<RowDataPacket[][]>(statements.join(';\n'));
    const all = (statements.length === 1 ? [results] : results) as unknown as readonly unknown[];
    return all.map((rows) => (Array.isArray(rows) ? (rows as Row[]) : []));
  };
  await batch(SETTINGS);
  return {
    threadId: client.threadId,
    batch,
    query: async <R extends Row>(sql: string) => (await client.query<RowDataPacket[]>(sql))[0] as unknown as R[],
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** 1205 lock wait timeout, 1213 deadlock, 1020 changed since read: somebody is at work at this moment. */
export function isLockConflict(error: unknown): boolean {
  return [1205, 1213, 1020].includes((error as { errno?: number }).errno ?? 0);
}
