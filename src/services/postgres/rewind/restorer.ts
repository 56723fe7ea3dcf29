import type { ResetReport } from '../../../core/reset.ts';
import type { RewindConnection } from './connection.ts';

/** The mark of a database whose server has crashed: which rows were written is not known any more. */
export const CRASHED = 'crash of the server';

/** Whose definitions: those that the run has left, or those that the file has. */
export type DefinitionScope = 'run' | 'file';

/** `isDone`: the whole database was replaced by one as at the seed, there is nothing left to rewind. */
export type Restored = Pick<ResetReport, 'how' | 'fallback' | 'disconnected' | 'changed'> & { readonly isDone: boolean };

/**
 * Undoes what the log can't: changed definitions. The keeper calls it where rewind is `marked`, and where DDL of a wider scope has become part of
 * a baseline. `seatrial.unlike_seed` names the tables whose rows at the checkpoint are not those of the seed.
 */
export interface Restorer {
  /**
   * Takes definitions back to the last baseline of `scope`, and rows too that went with them; marks are gone then, and rewind can do the rest:
   * it is called again afterwards, if not `isDone`. `reasons` are the marks, one line each.
   */
  restore(connection: RewindConnection, scope: DefinitionScope, reasons: readonly string[]): Promise<Restored>;
  /** Replaces the database: the log is lost, or can't be undone. */
  exchange?(connection: RewindConnection, reasons: readonly string[]): Promise<Restored>;
  /** The present definitions are the baseline of `scope`. Capture is installed for all tables, marks are gone. */
  baseline(connection: RewindConnection, scope: DefinitionScope): Promise<void>;
  /** Called after restores that have not exchanged the database, when nobody waits for the connection. */
  tidy?(connection: RewindConnection): Promise<void>;
}
