import type { RespClient } from '../resp.ts';

/** Users with their rules, as ACL LIST gives them: `user NAME RULE...`. */
export type Users = ReadonlyMap<string, readonly string[]>;

/** Undefined where there are none: before Redis 6, or where the server forbids to ask. */
export async function readUsers(client: RespClient): Promise<Users | undefined> {
  const lines = await client.send('ACL', 'LIST').catch(() => null);
  if (!Array.isArray(lines)) return undefined;
  return new Map(
    lines.map((line) => {
      const [, name = '', ...rules] = String(line).match(/\([^)]*\)|\S+/g) ?? [];
      return [name, rules] as const;
    }),
  );
}

export async function restoreUsers(client: RespClient, users: Users): Promise<void> {
  const now = await readUsers(client);
  if (!now) return;
  const added = [...now.keys()].filter((name) => !users.has(name));
  if (added.length > 0) await client.send('ACL', 'DELUSER', ...added);
  for (const [name, rules] of users)
    if (now.get(name)?.join(' ') !== rules.join(' ')) await client.send('ACL', 'SETUSER', name, 'reset', ...rules);
}
