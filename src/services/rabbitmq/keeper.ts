import type { Between, Change, Leak, ResetReport, Scope, StateKeeper } from '../../core/reset.ts';
import type { Control } from '../../util/program-control.ts';

/** What a virtual host holds, by name: `queue orders`, `messages orders`, ...; equal values mean equal things, and only the broker reads them. */
export type Level = Readonly<Record<string, string>>;

const NAMED_IN_LEAK = 5;
const TABLES = { queue: 'queues', exchange: 'exchanges', binding: 'bindings', messages: 'messages', parameter: 'parameters' };

/**
 * The states to go back to, one for each scope that has begun. `present` is the last state that is known; what was made since belongs to
 * `owner`. The broker compares and undoes by itself, in one command.
 */
export function createKeeper(control: Control, vhost: string, seed: Level): StateKeeper {
  const starts: { run: Level; file?: Level | undefined; test?: Level | undefined } = { run: seed };
  let owner: Scope = 'run';
  let present = seed;
  let left = false; // the last thing that happened was the end of a scope
  let explicit = false; // somebody has said whose the changes are
  const capture = () => control.ask<Level>('capture', { vhost });
  const restore = (level: Level) => control.ask<readonly string[]>('restore', { vhost, level });

  /** What was made since goes to its owner: narrower scopes that have begun start with it, too. */
  const absorb = async () => {
    const now = await capture();
    const narrower = owner === 'run' ? (['file', 'test'] as const) : owner === 'file' ? (['test'] as const) : [];
    for (const scope of narrower) {
      const start = starts[scope];
      if (start) starts[scope] = start === present ? now : patch(start, present, now);
    }
    if (owner === 'run') starts.run = starts.file ? starts.run : now;
    present = now;
  };
  const undoLate = async (): Promise<ResetReport | undefined> => {
    const startedAt = performance.now();
    const changed = await restore(present);
    if (changed.length === 0) return undefined;
    const more = changed.length > NAMED_IN_LEAK ? `, ${changed.length - NAMED_IN_LEAK} more` : '';
    const text = `came after the test had ended: ${changed.slice(0, NAMED_IN_LEAK).join(', ')}${more}`;
    return report(startedAt, changed, [{ kind: 'write', text }]);
  };
  return {
    async enter(scope: Scope, between: Between) {
      let late: ResetReport | undefined;
      if (left && between === 'undo') late = await undoLate();
      else await absorb();
      if (scope !== 'run') starts.file ??= present;
      if (scope === 'test') starts.test ??= present;
      owner = scope;
      left = false;
      explicit = true;
      return late;
    },
    async leave(scope) {
      const startedAt = performance.now();
      const target = starts[scope];
      if (!target && !left && explicit && scope !== owner) await absorb(); // nothing of that scope has begun: all is of a wider one
      const to = target ?? present;
      if (scope !== 'test') starts.file = undefined;
      starts.test = undefined;
      present = to;
      owner = scope === 'test' ? 'file' : 'run';
      left = true;
      return report(startedAt, await restore(to), []);
    },
    async renew() {
      await restore(seed);
      Object.assign(starts, { run: seed, file: undefined, test: undefined });
      present = seed;
      owner = 'run';
      left = explicit = false;
      return (await control.ask<number>('connections', { vhost })) === 0;
    },
    async diff() {
      const start = starts[owner] ?? present;
      return compare(start, await capture());
    },
    [Symbol.asyncDispose]: async () => control[Symbol.dispose](),
  };
}

function report(startedAt: number, changed: readonly string[], leaks: readonly Leak[]): ResetReport {
  return {
    how: changed.length > 0 ? 'restore' : 'none',
    ms: performance.now() - startedAt,
    changed: changed.length,
    leaks,
  };
}

/** `level` with what has changed from `before` to `after`. */
function patch(level: Level, before: Level, after: Level): Level {
  const gone = Object.keys(before).filter((key) => !(key in after));
  const made = Object.entries(after).filter(([key, value]) => before[key] !== value);
  return Object.fromEntries([...Object.entries(level).filter(([key]) => !gone.includes(key)), ...made]);
}

function compare(before: Level, after: Level): readonly Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]);
  return keys.map((key): Change => {
    const [, kind = '', rest = ''] = /^(\w+) (.*)$/s.exec(key) ?? [];
    const name = kind === 'binding' ? rest.slice(0, rest.lastIndexOf(' ')) : rest;
    const op = !(key in before) ? 'insert' : key in after ? 'update' : 'delete';
    return {
      table: TABLES[kind as keyof typeof TABLES] ?? kind,
      op,
      ...(op === 'insert' ? {} : { before: { name } }),
      ...(op === 'delete' ? {} : { after: { name } }),
    };
  });
}
