import type { ResetReport, StateKeeper } from '../../../core/reset.ts';
import { SeatrialError } from '../../../errors.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import { isClean, lowerFlags, readClock, readFlags, waitUntilQuiet } from './flags.ts';
import { copyTables, forgetFile, restoreTables } from './row-copies.ts';
import { createScopedKeeper, report } from './scoped-keeper.ts';

/**
 * Empties the tables that a test has written to and fills them again from copies of the baseline, which lie in the same database. The run's
 * copies are made with the template; those of a file when its fixtures have written.
 */
export function createTruncateKeeper(connection: RewindConnection): StateKeeper {
  /** Tables that the file's fixtures have written to. */
  const ofFile = new Set<number>();
  let fileHasDefinitions = false;

  const undo = async (since: string | undefined): Promise<ResetReport> => {
    const startedAt = performance.now();
    const leaks = await waitUntilQuiet(connection, since);
    const written = await readFlags(connection);
    if (await isClean(connection, written)) return report('none', startedAt, 0, leaks);
    if (written.marks.length > 0) throw cannotUndo(written.marks);
    await restoreTables(connection, written.dirty, 'file');
    return report(written.dirty.length > 0 ? 'truncate' : 'none', startedAt, written.dirty.length, leaks);
  };

  return createScopedKeeper({
    ready: async () => {
      await connection.ensure();
      return readClock(connection);
    },
    adopt: async (owner) => {
      const written = await readFlags(connection);
      if (await isClean(connection, written)) return undefined;
      // After DDL of a fixture any table may be new, or have another shape.
      const hasDefinitions = written.marks.length > 0;
      await copyTables(connection, owner, hasDefinitions ? 'all' : written.dirty);
      await lowerFlags(connection);
      if (owner === 'file') {
        fileHasDefinitions ||= hasDefinitions;
        for (const table of written.dirty) ofFile.add(table);
      }
      return undefined;
    },
    undo,
    leaveFile: async (since) => {
      const startedAt = performance.now();
      const done = await undo(since);
      if (ofFile.size === 0 && !fileHasDefinitions) return done;
      await restoreTables(connection, [...ofFile], 'run');
      await forgetFile(connection);
      const fallback = fileHasDefinitions ? { fallback: 'definitions that a fixture of the file has changed stay' } : {};
      const changed = done.changed + ofFile.size;
      ofFile.clear();
      fileHasDefinitions = false;
      return { ...report('truncate', startedAt, changed, done.leaks), ...fallback };
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  });
}

function cannotUndo(marks: readonly string[]): SeatrialError {
  return new SeatrialError('SEATRIAL_RESET_FAILED', `emptying tables can't take this back: ${marks.join(', ')}`, {
    hint: 'let tests leave the definitions as they are, or use `--isolation rewind` or `--isolation database`',
    details: { reasons: [...marks] },
  });
}
