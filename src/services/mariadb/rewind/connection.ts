import type { Connection, ConnectionOptions, RowDataPacket } from 'mysql2/promise';
import type { Target } from '../connect.ts';

export type Row = Readonly<Record<string, unknown>>;

/**
 * The dedicated connection through which the databases of a lease are taken back, and a second one beside it for questions at the same time. They
 * never wait for a lock: whoever is in the way is asked again, or ended.
 */
export interface RewindConnection extends AsyncDisposable {
  /** Of both. */
  readonly threadIds: readonly number[];
  /** Runs the statements in one round trip and answers the rows of each; those that answer none give an empty list. */
  batch(statements: readonly string[]): Promise<readonly (readonly Row[])[]>;
  /** The same beside it. */
  aside(statements: readonly string[]): Promise<readonly (readonly Row[])[]>;
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
  const clients = await Promise.allSettled([connect(target), connect(target)]);
  const [main, beside] = clients.map((client) => (client.status === 'fulfilled' ? client.value : undefined));
  if (main === undefined || beside === undefined) {
    await Promise.all([main?.end(), beside?.end()]);
    throw clients.find((client) => client.status === 'rejected')?.reason;
  }
  return {
    threadIds: [main.threadId, beside.threadId],
    batch: (statements) => batch(main, statements),
    aside: (statements) => batch(beside, statements),
    query: async <R extends Row>(sql: string) => (await main.query<RowDataPacket[]>(sql))[0] as unknown as R[],
    [Symbol.asyncDispose]: async () => void (await Promise.all([main.end(), beside.end()])),
  };
}

async function connect(target: Target): Promise<Connection> {
  const { unixSocket } = target;
  const client = await (unixSocket
    ? dial(target, { socketPath: unixSocket }).catch(() => dial(target)) // an account may be for TCP only
    : dial(target));
  client.on('error', () => {}); // a connection that breaks while idle shows at its next query
  await batch(client, SETTINGS);
  return client;
}

async function dial(target: Target, address: ConnectionOptions = { host: target.host, port: target.port }): Promise<Connection> {
  const { default: mysql } = await import('mysql2/promise');
  return mysql.createConnection({
    ...address,
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
    trace: false, // a stack for each query costs more than the query does
  });
}

async function batch(client: Connection, statements: readonly string[]): Promise<readonly (readonly Row[])[]> {
  if (statements.length === 0) return [];
  const [results] = await client.query<RowDataPacket[][]>(statements.join(';\n'));
  const all = (statements.length === 1 ? [results] : results) as unknown as readonly unknown[];
  return all.map((rows) => (Array.isArray(rows) ? (rows as Row[]) : []));
}

/** 1205 lock wait timeout, 1213 deadlock, 1020 changed since read: somebody is at work at this moment. */
export function isLockConflict(error: unknown): boolean {
  return [1205, 1213, 1020].includes((error as { errno?: number }).errno ?? 0);
}

/** One statement that runs these, ends at the first that fails, and answers once: the answers to many would take longer than what they do. */
export function compound(statements: readonly string[]): readonly string[] {
  return statements.length === 0 ? [] : [`BEGIN NOT ATOMIC\n${statements.join(';\n')};\nEND`];
}
