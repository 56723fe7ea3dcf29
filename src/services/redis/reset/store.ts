import type { Image } from './image.ts';
import type { Users } from './users.ts';

/** A state to which a lease can go back. */
export interface Level {
  readonly image: Image;
  /** What all databases of the server share; absent where that is not ours to set. */
  readonly shared?: SharedState | undefined;
}
export interface SharedState {
  readonly config: ReadonlyMap<string, string>;
  /** As FUNCTION DUMP gives it; undefined where the server has none. */
  readonly functions: string | undefined;
  /** Undefined where the server has none. */
  readonly users: Users | undefined;
}

/** Where the keys of a lease are: a server of its own, or one database of a server. */
export interface Store extends Disposable {
  /** Starts a period: from now on `touched` tells whether somebody else than this store has written. */
  mark(): Promise<void>;
  /** How many writes there were since the mark, or since the last `restore`; 0 = none. */
  touched(): Promise<number>;
  /** The present state. `like` is what it was at the mark: what cannot have changed is taken from there. */
  capture(like: Level): Promise<Level>;
  /** Keeps what makes going back to these levels fast; the present state is `present`. Levels that are not named are forgotten. */
  keep(levels: readonly Level[], present: Level): Promise<void>;
  /** Goes to the level, and marks. */
  restore(level: Level): Promise<{ readonly how: string; readonly fallback?: string }>;
  readImage(): Promise<Image>;
  /** Whether somebody else is connected, asked once more a little later: a process that has died is seen by the server late. Absent = can't be told. */
  isUsed?(): Promise<boolean>;
  /** Runs with `entry` under a name that nobody else has, in a database of this store. */
  describe(entries: readonly { readonly database: number; readonly dump: string }[]): Promise<readonly Described[]>;
}
export interface Described {
  readonly type: string;
  /** Sets and hashes in a fixed order, so that two can be compared. */
  readonly value: string;
}
