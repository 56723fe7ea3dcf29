import type { RespClient } from '../resp.ts';
import type { SharedState } from './store.ts';
import { readUsers, restoreUsers } from './users.ts';

/** What FLUSHALL does not touch. */
export async function readShared(client: RespClient): Promise<SharedState> {
  const [config, functions, users] = await Promise.all([readConfig(client), readFunctions(client), readUsers(client)]);
  return { config, functions, users };
}

export async function restoreShared(client: RespClient, shared: SharedState): Promise<void> {
  if (shared.functions !== undefined && (await readFunctions(client)) !== shared.functions)
    await client.send('FUNCTION', 'RESTORE', shared.functions, 'FLUSH');
  for (const [name, value] of await readConfig(client)) {
    const before = shared.config.get(name);
    // One that can't be set can't have been changed either; some answer in another form than they take.
    if (before !== undefined && before !== value) await client.send('CONFIG', 'SET', name, before).catch(() => {});
  }
  if (shared.users) await restoreUsers(client, shared.users); // after `requirepass`, which is the password of a user
}

async function readConfig(client: RespClient): Promise<ReadonlyMap<string, string>> {
  const words = (await client.send('CONFIG', 'GET', '*')) as readonly string[];
  return new Map(words.flatMap((word, index): [string, string][] => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : [])));
}

/** Undefined before Redis 7. */
async function readFunctions(client: RespClient): Promise<string | undefined> {
  const dump = await client.send('FUNCTION', 'DUMP').catch(() => null);
  return typeof dump === 'string' ? dump : undefined;
}
