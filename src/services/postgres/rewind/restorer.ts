import type { ResetReport } from '../../../core/reset.ts';
import type { RewindConnection } from './connection.ts';

/** What the log can't undo: definitions. The keeper calls it where rewind is `marked`, and when definitions of a wider scope have become part of the baseline. */
export interface Restorer {
  /**
   * Takes definitions and contents back to the last baseline, marks and log included; afterwards the database is as after a rewind. `reasons`
   * are the marks, one line each.
   */
  restore(
    connection: RewindConnection,
    reasons: readonly string[],
  ): Promise<Pick<ResetReport, 'how' | 'fallback' | 'disconnected'>>;
  /** The present definitions are the baseline; capture is installed for all tables and the checkpoint is taken already. */
  baseline(connection: RewindConnection): Promise<void>;
}
