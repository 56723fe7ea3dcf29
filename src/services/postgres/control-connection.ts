import type { Client } from 'pg';
import { SeatrialError } from '../../errors.ts';
import { connect, type Target } from './connect.ts';
import { isLoss, isStarting, persistently } from './persistently.ts';

/** One connection for statements about databases. It connects again when it broke, e.g. because the server was restarted. */
export interface ControlConnection extends AsyncDisposable {
  query<R extends Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<R[]>;
}

/** Connects to a database that nobody copies: `postgres`, else `template1`, else the app's. `wasUp`: the server has answered before. */
export async function openControl(
  target: Target,
  application: string,
  { wasUp = false }: { readonly wasUp?: boolean } = {},
): Promise<ControlConnection> {
  let client: Client | undefined = await openAny(target, application, wasUp);
  const current = async () => {
    if (client) return client;
    client = await openAny(target, application, true);
    watch(client);
    return client;
  };
  const watch = (opened: Client) => {
    opened.once('end', () => {
      if (client === opened) client = undefined;
    });
  };
  watch(client);
  return {
    async query<R extends Record<string, unknown>>(sql: string, values?: readonly unknown[]) {
      const { rows } = await (await current()).query<R>(sql, values ? [...values] : undefined);
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      await client?.end().catch(() => {});
    },
  };
}

async function openAny(target: Target, application: string, wasUp: boolean): Promise<Client> {
  const isPassing = wasUp ? isLoss : isStarting;
  let failure: unknown;
  for (const database of ['postgres', 'template1', target.database]) {
    try {
      return await persistently(() => connect({ ...target, database }, { application }), isPassing);
    } catch (error) {
      failure = error;
      if (isPassing(error)) break; // it is as long as the server may take
    }
  }
  throw new SeatrialError(
    'SEATRIAL_LEASE_FAILED',
    `cannot connect to ${target.host}:${target.port} as ${target.user}: ${(failure as Error).message}`,
    {
      cause: failure,
      hint: 'the user needs to connect to the database postgres, template1 or its own',
    },
  );
}
