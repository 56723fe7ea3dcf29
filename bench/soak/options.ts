import { parseArgs } from 'node:util';

export const PARTS = ['kills', 'starts', 'clashes'] as const;
export type Part = (typeof PARTS)[number];

export interface SoakOptions {
  readonly kills: number;
  readonly starts: number;
  readonly rounds: number;
  /** Every random choice comes from it: the same seed kills the same victims at the same delays. */
  readonly seed: number;
  readonly parts: readonly Part[];
  /** All parts and no `--ci`: its figures are the ones to commit. */
  readonly complete: boolean;
}

const FULL = { kills: 1000, starts: 1000, rounds: 50 };
const SHARE = { kills: 100, starts: 100, rounds: 3 };

/** `[--ci] [--only PART]... [--kills N] [--starts N] [--rounds N] [--seed N]` */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ci: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      kills: { type: 'string' },
      starts: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const counts = values.ci ? SHARE : FULL;
  const parts = (values.only ?? PARTS).map(toPart);
  return {
    kills: toCount('kills', values.kills) ?? counts.kills,
    starts: toCount('starts', values.starts) ?? counts.starts,
    rounds: toCount('rounds', values.rounds) ?? counts.rounds,
    seed: toCount('seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31),
    parts,
    complete: !values.ci && parts.length === PARTS.length,
  };
}

function toPart(name: string): Part {
  const part = PARTS.find((known) => known === name);
  if (part) return part;
  throw new TypeError(`--only ${name}: there are ${PARTS.join(', ')}`);
}

function toCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new TypeError(`--${name} ${text}: a whole number above 0 is expected`);
}
