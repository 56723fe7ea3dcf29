import { createHash } from 'node:crypto';
import type { RespClient } from '../resp.ts';
import type { Reply } from '../resp-format.ts';

const shas = new Map<string, string>();

/** Runs Lua by its checksum; sends it when the server does not know it (any more). */
export async function runLua(
  client: RespClient,
  script: string,
  args: readonly (string | number)[],
  keys: readonly string[] = [],
): Promise<Reply> {
  const sha = shas.get(script) ?? createHash('sha1').update(script).digest('hex');
  shas.set(script, sha);
  const rest = [String(keys.length), ...keys, ...args.map(String)];
  try {
    return await client.send('EVALSHA', sha, ...rest);
  } catch (error) {
    if (!/^NOSCRIPT/.test((error as Error).message)) throw error;
    return client.send('EVAL', script, ...rest);
  }
}
