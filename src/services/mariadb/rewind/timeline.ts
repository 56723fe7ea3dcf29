import { SCOPES, type Scope } from '../../../core/reset.ts';
import type { Undone } from './table-rewind.ts';

/** Whose time it was: a write belongs to the scope that was active at its `seq`. */
interface Span {
  readonly start: bigint;
  readonly scope: Scope;
}

export interface Timeline {
  /** The scope to which writes belong now. */
  readonly active: Scope;
  /** Where the present span begins. */
  readonly start: bigint;
  /** From now on writes belong to `scope`; `now` is later than all that was written. */
  switchTo(scope: Scope, now: bigint): void;
  /** The present span was of another scope all the time. */
  relabel(scope: Scope): void;
  /** The events of this scope and of narrower ones; undefined = no span of theirs. */
  undone(scope: Scope): (Undone & { readonly from: bigint }) | undefined;
  /** These events are gone from the log. */
  forget(scope: Scope, newest: bigint | undefined): void;
}

export function depth(scope: Scope): number {
  return SCOPES.indexOf(scope);
}

export function createTimeline(): Timeline {
  let spans: Span[] = [{ start: 0n, scope: 'run' }];
  const last = () => spans.at(-1) as Span;
  const isUndone = (span: Span, scope: Scope) => depth(span.scope) >= depth(scope);
  /** Neighbours of one scope are one span. */
  const merge = (all: readonly Span[]) => all.filter(({ scope }, i) => scope !== all[i - 1]?.scope);
  return {
    get active() {
      return last().scope;
    },
    get start() {
      return last().start;
    },
    switchTo: (scope, now) => {
      // A late event with an older `seq` than `now` began before, so it is right where it falls.
      spans = merge([...spans, { start: now, scope }]);
    },
    relabel: (scope) => {
      spans = merge([...spans.slice(0, -1), { ...last(), scope }]);
    },
    undone: (scope) => {
      const ranges = spans.flatMap((span, i) => (isUndone(span, scope) ? [{ start: span.start, end: spans[i + 1]?.start }] : []));
      const [first] = ranges;
      if (first === undefined) return undefined;
      const isSuffix = spans.slice(spans.findIndex((span) => isUndone(span, scope))).every((span) => isUndone(span, scope));
      const where = (column: string) =>
        isSuffix
          ? `${column} >= ${first.start}`
          : `(${ranges.map(({ start, end }) => `(${column} >= ${start}${end === undefined ? '' : ` AND ${column} < ${end}`})`).join(' OR ')})`;
      return { where, isSpotted: !isSuffix, from: first.start };
    },
    forget: (scope, newest) => {
      const kept = spans.filter((span) => !isUndone(span, scope));
      // Whatever comes with a `seq` from here on is new, though its clock may have been read a moment ago.
      const firstOfTail = spans.findLastIndex((span) => !isUndone(span, scope)) + 1;
      const start = spans[firstOfTail]?.start ?? (newest === undefined ? last().start : newest + 1n);
      spans = merge([...kept, { start, scope }]);
    },
  };
}
