import type { Client } from 'pg';
import { SeatrialError } from '../../../errors.ts';
import { connect, type Target } from '../connect.ts';
import { quoteName } from '../identifier.ts';
import { persistently } from '../persistently.ts';

/**
 * The dedicated connection through which one database is rewound. Its settings hold for good: see `seatrial.rewind()` in capture.sql.
 * When it is lost, queries fail, since half a transaction must not go on in another one. So whoever begins a step calls `ensure` first; `surely` of
 * the rewinder does, and again for a step that was cut off and may be done twice. How long a server is waited for, `persistently` says.
 */
export interface RewindConnection extends AsyncDisposable {
  /** The present one: another after `ensure` had to connect again. */
  readonly client: Client;
  /** Connects again when the connection is gone: the server was restarted, a test has ended all sessions, the database was exchanged. */
  ensure(how?: 'if lost' | 'anew'): Promise<void>;
  query<R extends Record<string, unknown>>(sql: string): Promise<R[]>;
  /** The same, prepared once under its name. */
  prepared<R extends Record<string, unknown>>(name: string, sql: string): Promise<R[]>;
}

const SETTINGS = [
  "SET search_path = ''", // names are written out: the app's path is none of ours
  'SET row_security = off', // rather fail than miss rows
  'SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 1; SET bytea_output = hex; SET standard_conforming_strings = on',
  "SET seatrial.off = '1'",
  'SET seq_page_cost = 0.1; SET random_page_cost = 0.1', // a few rows by their key, where all pages are in memory
  "SET lock_timeout = '200ms'",
  'SET statement_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
];

/** Settings that only superusers may have, or roles that were granted them. */
const RIGHTS = [
  { name: 'session_replication_role', value: 'replica' }, // no user trigger and no foreign key stands in the way
  { name: 'deadlock_timeout', value: '10ms', isOptional: true }, // so that it is us who gives way; else lock_timeout sees to that, later
];

async function takeRights(client: Client): Promise<void> {
  for (const { name, value, isOptional } of RIGHTS)
    await client.query(`SET ${name} = '${value}'`).catch((cause: unknown) => {
      if ((cause as { code?: string }).code !== '42501') throw cause;
      if (isOptional) return;
      const role = quoteName(client.user ?? '');
      throw new SeatrialError('SEATRIAL_LEASE_FAILED', `the role ${client.user} may not set ${name}, which rewind needs`, {
        hint: `as a superuser: GRANT SET ON PARAMETER ${name}, deadlock_timeout TO ${role} (PostgreSQL 15 and later); or use --isolation database`,
        cause,
      });
    });
}

/** `onOpen` is called for each connection before it is used, also for those that replace a lost one. */
export async function openRewindConnection(
  target: Target,
  onOpen: (query: RewindConnection['query']) => Promise<void> = async () => {},
): Promise<RewindConnection> {
  let isLost = false;
  const open = async () => {
    const opened: Client = await connect(target, { application: 'seatrial rewind' });
    opened.once('end', () => {
      isLost ||= opened === client;
    });
    try {
      await opened.query(SETTINGS.join('; '));
      await takeRights(opened);
      await onOpen((sql) => run(opened, sql));
      return opened;
    } catch (error) {
      await opened.end().catch(() => {});
      throw error;
    }
  };
  let client: Client | undefined;
  client = await open();
  const current = () => client as Client;
  /** Whoever asks meanwhile waits for the same connection. */
  let opening: Promise<void> | undefined;
  const reopen = async () => {
    client?.end().catch(() => {});
    client = await persistently(open);
    isLost = false;
  };
  return {
    get client() {
      return current();
    },
    ensure: async (how = 'if lost') => {
      if (opening) return opening;
      if (!isLost && how === 'if lost') return;
      opening = reopen().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    query: (sql) => run(current(), sql),
    prepared: async <R extends Record<string, unknown>>(name: string, text: string) =>
      (await current().query<R>({ name, text })).rows,
    [Symbol.asyncDispose]: async () => {
      await opening?.catch(() => {});
      await current().end();
    },
  };
}

async function run<R extends Record<string, unknown>>(client: Client, sql: string): Promise<R[]> {
  const result = (await client.query<R>(sql)) as unknown as { rows: R[] } | { rows: R[] }[];
  return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
}
