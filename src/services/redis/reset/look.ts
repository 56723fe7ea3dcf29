import type { RespClient } from '../resp.ts';

/** What a server counts, as far as it tells whether somebody has written. */
export interface Look {
  /** Writes to any database; from 0 again after a SAVE. Keys that expire are not in it: they are gone from the baseline too. */
  readonly changes: number;
  readonly saves: string;
  readonly evicted: string;
  /** Before Redis 7, all calls of these commands; then, calls of what changes the configuration, users, functions, or pauses clients; from 0 again after CONFIG RESETSTAT, which shows in the first. */
  readonly config: string;
  readonly functions: string;
  readonly pauses: string;
}

/** Asks for the counters. `many`: the server takes several sections in one question (7.0 and newer). */
export async function look(client: RespClient, many: boolean): Promise<Look> {
  const sections = ['persistence', 'stats', 'commandstats'];
  const replies = await client.sendAll(many ? [['INFO', ...sections]] : sections.map((section) => ['INFO', section]));
  return readLook(replies.join('\n'));
}

export function readLook(info: string): Look {
  const all = (pattern: RegExp) => [...info.matchAll(pattern)].map(([, value, other]) => value ?? other).join(' ');
  return {
    changes: Number(all(/^rdb_changes_since_last_save:(\d+)/gm)),
    saves: all(/^(?:rdb_saves:|rdb_last_save_time:|cmdstat_(?:bg)?save:calls=)(\d+)/gm),
    evicted: all(/^evicted_keys:(\d+)/gm),
    config: all(/^cmdstat_(?:config(?:\|set)?|acl(?:\|(?:setuser|deluser|load))?):calls=(\d+)|^cmdstat_config\|resetstat:(.*)/gm),
    functions: all(/^cmdstat_function\|(?:load|delete|flush|restore):calls=(\d+)/gm),
    pauses: all(/^cmdstat_client(?:\|pause)?:calls=(\d+)/gm),
  };
}

export function keysTouched(before: Look, now: Look): boolean {
  return before.changes !== now.changes || before.saves !== now.saves || before.evicted !== now.evicted;
}

export function isUntouched(before: Look, now: Look): boolean {
  return (
    !keysTouched(before, now) &&
    before.config === now.config &&
    before.functions === now.functions &&
    before.pauses === now.pauses
  );
}
