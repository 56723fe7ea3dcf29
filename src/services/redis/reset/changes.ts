import type { Change } from '../../../core/reset.ts';
import { type KeyChange, sameExpiry } from './image.ts';
import type { Described, Store } from './store.ts';

const PREVIEW_CHARACTERS = 200;

export interface DescribedChange extends Pick<KeyChange, 'database' | 'key'> {
  readonly before: (Described & { readonly expiresAt: number }) | undefined;
  readonly after: (Described & { readonly expiresAt: number }) | undefined;
}

/** Values in words, without those that are only written in another order than before. */
export async function realChanges(store: Store, changes: readonly KeyChange[]): Promise<readonly DescribedChange[]> {
  const sides = changes.flatMap(({ database, before, after }) =>
    [before, after].filter((entry) => entry !== undefined).map(({ dump }) => ({ database, dump })),
  );
  const described = [...(await store.describe(sides))];
  const take = (entry: KeyChange['before']) =>
    entry && { ...(described.shift() ?? { type: 'unknown', value: '' }), expiresAt: entry.expiresAt };
  return changes
    .map(({ database, key, before, after }) => ({ database, key, before: take(before), after: take(after) }))
    .filter(({ before, after }) => !before || !after || isReal(before, after));
}

export function toChange({ database, key, before, after }: DescribedChange): Change {
  return {
    table: `db${database}`,
    op: !before ? 'insert' : !after ? 'delete' : 'update',
    ...(before ? { before: toRow(key, before) } : {}),
    ...(after ? { after: toRow(key, after) } : {}),
  };
}

function toRow(key: string, { type, value, expiresAt }: NonNullable<DescribedChange['before']>) {
  return {
    key: toText(key),
    type,
    value: preview(toText(value)),
    ...(expiresAt > 0 ? { expires: new Date(expiresAt).toISOString() } : {}),
  };
}

/** Only sets and hashes can be written in another order. */
function isReal(before: NonNullable<DescribedChange['before']>, after: NonNullable<DescribedChange['after']>): boolean {
  if (before.type !== after.type || (before.type !== 'set' && before.type !== 'hash')) return true;
  return before.value !== after.value || !sameExpiry(before.expiresAt, after.expiresAt);
}

function preview(text: string): string {
  return text.length > PREVIEW_CHARACTERS ? `${text.slice(0, PREVIEW_CHARACTERS)}...` : text;
}

/** Bytes that came as latin1. */
function toText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
