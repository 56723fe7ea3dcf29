import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leak } from '../../../core/reset.ts';
import { runtimeFile } from '../../../util/package-files.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import type { Installed } from '../rewind/install.ts';
import { endOpenTransactions, toLeak } from '../rewind/open-transactions.ts';

/** What was written since the flags were lowered. */
export interface Written {
  /** Tables, by number. */
  readonly dirty: readonly number[];
  /** Sequences have moved. */
  readonly moved: boolean;
  /** Definitions that were changed, one line each. */
  readonly marks: readonly string[];
}

/** Installs triggers that tell which tables were written to; cheaper for the app than the undo log. Clones have them too. */
export async function installFlags(connection: RewindConnection, more: readonly string[] = []): Promise<Installed> {
  const readSql = (name: string) => fs.readFileSync(runtimeFile(`services/postgres/${name}.sql`), 'utf8');
  const statements = [readSql('isolation/flags'), readSql('rewind/notice-ddl'), ...more, readSql('rewind/hide')];
  await connection.query(['BEGIN', ...statements, 'COMMIT'].join(';\n'));
  return { tables: 0, uncovered: [] };
}

/** A server that crashed has forgotten its flags: then everything counts as written. */
export async function readFlags(connection: RewindConnection): Promise<Written> {
  const [row] = await connection.query<{ dirty: number[]; moved: boolean; marks: string[]; alive: boolean }>(
    'SELECT dirty::int8[]::int[] AS dirty, moved, marks, alive FROM seatrial.look()',
  );
  if (!row?.alive) return { dirty: [], moved: true, marks: ['the server has crashed'] };
  return row;
}

/** Numbers alone may have been taken by somebody who is still in a transaction: a wider fixture, which is left alone. */
export async function isClean(connection: RewindConnection, { dirty, moved, marks }: Written): Promise<boolean> {
  return dirty.length === 0 && marks.length === 0 && (!moved || (await isBusy(connection)));
}

/** What is there now is the baseline: also tables that were made since are watched. */
export async function lowerFlags(connection: RewindConnection): Promise<void> {
  await connection.query(
    'BEGIN; DELETE FROM seatrial.dirty; DELETE FROM seatrial.mark; SELECT seatrial.note_sequences(); SELECT seatrial.cover(); COMMIT',
  );
}

const PATIENCE_MS = 500;

/**
 * Waits until nobody is in a transaction that began after `since`, and ends the sessions that stay in one; they are the answer. Older ones are of
 * wider fixtures, such as the transaction around a class of Django's TestCase.
 */
export async function waitUntilQuiet(connection: RewindConnection, since?: string): Promise<Leak[]> {
  const leaks: Leak[] = [];
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 1; await isBusy(connection, since); pauseMs = Math.min(pauseMs * 2, 20)) {
    if (performance.now() >= deadline) leaks.push(...(await endOpenTransactions(connection)).map(toLeak));
    await sleep(pauseMs);
  }
  return leaks;
}

export async function isBusy(connection: RewindConnection, since = '-infinity'): Promise<boolean> {
  const [row] = await connection.query<{ busy: boolean }>(`
    SELECT EXISTS (SELECT FROM pg_stat_get_activity(NULL) s
      WHERE s.datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.pid <> pg_backend_pid() AND s.backend_type = 'client backend'
        AND s.xact_start >= '${since}' AND (s.backend_xid IS NOT NULL OR s.state LIKE 'idle in transaction%' AND s.backend_xmin IS NOT NULL)) AS busy`);
  return row?.busy === true;
}

/** The server's clock. */
export async function readClock(connection: RewindConnection): Promise<string> {
  const [row] = await connection.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return row?.now ?? '-infinity';
}
