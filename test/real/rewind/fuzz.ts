import pg from 'pg';
import type { Target } from '../../../src/services/postgres/connect.ts';
import { openRewindConnection } from '../../../src/services/postgres/rewind/connection.ts';
import { installRewind } from '../../../src/services/postgres/rewind/install.ts';
import { openRewinder } from '../../../src/services/postgres/rewind/rewinder.ts';
import { SCHEMA } from './schema.ts';
import { readState } from './state.ts';
import { createRandom, STATEMENTS } from './statements.ts';

export interface FuzzResult {
  /** What was wrong, with the statements that led there; undefined = every round came back to the baseline. */
  readonly wrong: string | undefined;
  /** How often statements of each edge case were executed. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** Random statements over two connections, a rewind, and a comparison by a reader that shares no code with rewind; `rounds` times. */
export async function fuzzRewind(
  target: Target,
  { rounds, seed }: { readonly rounds: number; readonly seed: number },
): Promise<FuzzResult> {
  const apps = [new pg.Client(target), new pg.Client(target)] as const;
  for (const app of apps) await app.connect();
  const connection = await openRewindConnection(target);
  await apps[0].query(SCHEMA);
  await installRewind(connection);
  await connection[Symbol.asyncDispose]();
  await using rewinder = await openRewinder(target);
  const reader = new pg.Client(target);
  await reader.connect();
  const baseline = await readState(reader);
  const random = createRandom(seed);
  const names = Object.keys(STATEMENTS);
  const coverage = Object.fromEntries(names.map((name) => [name, 0]));
  try {
    for (let round = 0; round < rounds; round++) {
      const story: string[] = [];
      for (let step = 1 + random(12); step > 0; step--) {
        const name = names[random(names.length)] as string;
        const choices = STATEMENTS[name] ?? [];
        const text = (choices[random(choices.length)] as (typeof choices)[number])(random(12), 100 + random(1000), random(12));
        const sql = random(6) === 0 && !/BEGIN|VACUUM/.test(text) ? `BEGIN; ${text}; ROLLBACK` : text;
        const app = apps[random(2)] as pg.Client;
        story.push(sql);
        coverage[name] = (coverage[name] ?? 0) + 1;
        // A statement that breaks a constraint is part of the game; its transaction and role end here.
        await app.query(sql).catch(() => app.query('ROLLBACK; RESET ROLE; RESET session_replication_role'));
      }
      const outcome = await rewinder.rewind();
      const state = outcome.kind === 'done' ? await readState(reader) : outcome.reasons.join();
      if (state !== baseline)
        return { wrong: `round ${round} of seed ${seed}: ${difference(baseline, state)}\n${story.join(';\n')}`, coverage };
    }
    return { wrong: undefined, coverage };
  } finally {
    for (const client of [...apps, reader]) await client.end();
  }
}

function difference(expected: string, got: string): string {
  const have = new Set(got.split('\n\n'));
  const missing = expected.split('\n\n').filter((part) => !have.has(part));
  return missing.map((part) => part.split('\n')[0]).join(', ') || got.slice(0, 200);
}
