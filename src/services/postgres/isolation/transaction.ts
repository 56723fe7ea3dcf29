import type { StateKeeper } from '../../../core/reset.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import { lateWrites } from '../rewind/late-writes.ts';

/**
 * For suites whose own outer transaction takes each test back: what a test has committed all the same is a leak, which is named and undone by
 * the undo log.
 */
export function createTransactionKeeper(rewind: StateKeeper, connection: RewindConnection): StateKeeper {
  const { again: _, ...keeper } = rewind;
  return {
    ...keeper,
    leave: async (scope) => {
      const committed = scope === 'test' ? await readCommitted(connection) : [];
      const report = await rewind.leave(scope);
      const isNone = report.changed === 0 && committed.length === 0;
      return isNone ? report : { ...report, leaks: [...report.leaks, ...committed] };
    },
  };
}

async function readCommitted(connection: RewindConnection) {
  await connection.ensure();
  const [row] = await connection.query<{ depth: number | null }>(
    'SELECT s.depth FROM seatrial.span s ORDER BY age(s.start) LIMIT 1',
  );
  const written = await lateWrites(connection, row?.depth ?? undefined);
  return written.map((leak) => ({ ...leak, text: leak.text.replace('came after the test had ended', 'the test has committed') }));
}
