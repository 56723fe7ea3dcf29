import type { Client } from 'pg';
import { connect, type Target } from '../connect.ts';

/** The dedicated connection through which one database is rewound. Its settings hold for good: see `seatrial.rewind()` in capture.sql. */
export interface RewindConnection extends AsyncDisposable {
  query<R extends Record<string, unknown>>(sql: string): Promise<R[]>;
  /** The same, prepared once under its name. */
  prepared<R extends Record<string, unknown>>(name: string, sql: string): Promise<R[]>;
  /** For what needs the protocol itself. */
  readonly client: Client;
}

const SETTINGS = [
  'SET session_replication_role = replica', // no user trigger and no foreign key stands in the way
  "SET seatrial.off = '1'",
  "SET lock_timeout = '200ms'",
  "SET deadlock_timeout = '10ms'", // so that it is us who gives way
  'SET statement_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
];

export async function openRewindConnection(target: Target): Promise<RewindConnection> {
  const client: Client = await connect(target, { application: 'seatrial rewind' });
  await client.query(SETTINGS.join('; '));
  return {
    client,
    query: async <R extends Record<string, unknown>>(sql: string) => {
      const result = (await client.query<R>(sql)) as unknown as { rows: R[] } | { rows: R[] }[];
      return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
    },
    prepared: async <R extends Record<string, unknown>>(name: string, text: string) =>
      (await client.query<R>({ name, text })).rows,
    [Symbol.asyncDispose]: () => client.end(),
  };
}
