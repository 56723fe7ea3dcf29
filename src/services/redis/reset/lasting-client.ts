import { setTimeout as sleep } from 'node:timers/promises';
import type { RespClient } from '../resp.ts';

/** The connection of a keeper, which a test may end with all others (`CLIENT KILL`). */
export interface LastingClient extends RespClient {
  /** Connects again when the connection is gone; it is in database 0 then. Never by itself: what was selected would be forgotten in between. */
  ensure(): Promise<void>;
}

const RECONNECT_MS = 2_000;

export async function openLastingClient(open: () => Promise<RespClient>): Promise<LastingClient> {
  let client = await open();
  let disposed = false;
  const reopen = async () => {
    for (const deadline = performance.now() + RECONNECT_MS; ; ) {
      try {
        return await open();
      } catch (error) {
        if (disposed || performance.now() > deadline) throw error;
        await sleep(20);
      }
    }
  };
  return {
    send: (...command) => client.send(...command),
    sendAll: (commands) => client.sendAll(commands),
    get closed() {
      return client.closed;
    },
    ensure: async () => {
      if (client.closed && !disposed) client = await reopen();
    },
    [Symbol.dispose]: () => {
      disposed = true;
      client[Symbol.dispose]();
    },
  };
}
