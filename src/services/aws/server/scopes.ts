import type { Between, Change, Leak, ResetReport, Scope } from '../../../core/reset.ts';
import type { Account } from './account.ts';
import { compareImages, type Differences, type Image, patchImage, readImage, writeImage } from './image.ts';

const NAMED_IN_LEAK = 5;
type Report = Omit<ResetReport, 'ms'>;

/** The states to go back to, one for each scope that has begun. */
export interface Scopes {
  enter(scope: Scope, between: Between): Report | undefined;
  leave(scope: Scope): Report;
  /** Everything is as it was at the beginning, in scope `run`. */
  renew(): void;
  diff(): readonly Change[];
}

/** `present` is the last state that is known: what was written since then belongs to `owner`. */
export function createScopes(account: Account): Scopes {
  const first = readImage(account);
  let starts: { run: Image; file?: Image | undefined; test?: Image | undefined } = { run: first };
  let owner: Scope = 'run';
  let present = first;
  let known = account.revision();
  let left = false; // the last thing that happened was the end of a scope
  let explicit = false; // somebody has said whose the writes are

  const touched = () => account.revision() !== known;
  const restore = (image: Image) => {
    writeImage(account, image);
    known = account.revision();
  };
  /** What was written since then goes to its owner: narrower scopes that have begun start with it, too. */
  const absorb = () => {
    const now = readImage(account);
    known = account.revision();
    const differences = compareImages(present, now);
    for (const scope of owner === 'run' ? (['file', 'test'] as const) : owner === 'file' ? (['test'] as const) : []) {
      const start = starts[scope];
      if (start) starts[scope] = start === present ? now : patchImage(start, differences);
    }
    present = now;
  };
  const undoLate = (): Report | undefined => {
    const changes = toChanges(compareImages(present, readImage(account)));
    restore(present);
    if (changes.length === 0) return undefined;
    const names = changes.slice(0, NAMED_IN_LEAK).map(({ table, before, after }) => `${table} ${(after ?? before)?.name}`);
    const more = changes.length > names.length ? `, ${changes.length - names.length} more` : '';
    const leak: Leak = { kind: 'write', text: `written after the test had ended: ${names.join(', ')}${more}` };
    return { how: 'restore', changed: changes.length, leaks: [leak] };
  };

  return {
    enter(scope, between) {
      let report: Report | undefined;
      if (touched()) {
        if (left && between === 'undo') report = undoLate();
        else absorb();
      }
      if (scope !== 'run') starts.file ??= present;
      if (scope === 'test') starts.test ??= present;
      owner = scope;
      left = false;
      explicit = true;
      return report;
    },
    leave(scope) {
      const target = starts[scope];
      if (!target && !left && explicit && scope !== owner) absorb(); // nothing of that scope has begun: all is of a wider one
      const to = target ?? present;
      const now = touched() || to !== present ? readImage(account) : undefined;
      if (scope !== 'test') starts.file = undefined;
      starts.test = undefined;
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      present = to;
      if (!now) return { how: 'none', changed: 0, leaks: [] };
      restore(to);
      const { entries, objects } = compareImages(to, now);
      return { how: 'restore', changed: entries.length + objects.length, leaks: [] };
    },
    renew() {
      restore(first);
      starts = { run: first };
      owner = 'run';
      present = first;
      left = explicit = false;
    },
    diff: () => toChanges(compareImages(starts[owner] ?? present, readImage(account))),
  };
}

function toChanges({ entries, objects }: Differences): readonly Change[] {
  return [
    ...objects.map(({ bucket, key, before, after }) => {
      const row = (object: typeof after) => object && { name: `${bucket}/${key}`, etag: object.etag, size: object.contentLength };
      return toChange('object', row(before), row(after));
    }),
    ...entries.map(({ before, after }) => {
      const [table = ''] = ((after ?? before)?.title ?? '').split(' ', 1);
      const row = (entry: typeof after) => entry && { name: entry.title.slice(table.length + 1) };
      return toChange(table, row(before), row(after));
    }),
  ];
}

function toChange(table: string, before: Change['before'], after: Change['after']): Change {
  const op = before && after ? 'update' : after ? 'insert' : 'delete';
  return { table, op, ...(before ? { before } : {}), ...(after ? { after } : {}) };
}
