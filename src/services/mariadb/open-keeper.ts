import type { Isolation } from '../../core/isolation.ts';
import type { ResetReport, StateKeeper } from '../../core/reset.ts';
import { isSeatrialError, SeatrialError } from '../../errors.ts';
import { query, type Target } from './connect.ts';
import { quoteText } from './identifier.ts';
import { openRewindKeeper } from './rewind/open.ts';
import type { RewinderOptions } from './rewind/rewinder.ts';

/** What takes a leased server, or leased databases of one, back after each test: rewind, whichever isolation was asked for; then the report says so. */
export async function openKeeper(target: Target, isolation: Isolation, options: RewinderOptions = {}): Promise<StateKeeper> {
  const [row] = await query(target, 'select version() as version');
  if (!String(row?.version).includes('MariaDB'))
    throw new SeatrialError(
      'SEATRIAL_LEASE_FAILED',
      `MySQL ${row?.version} can't be taken back after each test: only MariaDB can`,
      {
        hint: 'use `--isolation worker`, or MariaDB: `use: mariadb`',
      },
    );
  let untold: readonly string[] = [];
  const onUncovered = (line: string) => {
    untold = [...untold, line];
  };
  const keeper = await openRewindKeeper(target, { onUncovered, ...options }).catch((cause: unknown) => {
    if (isSeatrialError(cause)) throw cause;
    throw new SeatrialError(
      'SEATRIAL_LEASE_FAILED',
      `rewind can't be installed for ${target.user}: ${(cause as Error).message}`,
      {
        cause,
        hint: `it needs GRANT PROCESS ON *.* TO ${who(target)} and GRANT SELECT ON mysql.* TO ${who(target)}; or use \`--isolation worker\``,
      },
    );
  });
  const instead = isolation === 'rewind' ? [] : [`MariaDB has no isolation by ${isolation}: rewind`];
  return {
    ...keeper,
    leave: async (scope): Promise<ResetReport> => {
      const report = await keeper.leave(scope);
      // What of the databases is not covered is told once.
      const notes = scope === 'test' ? [...instead, ...untold] : instead;
      const fallback = [report.fallback, ...notes].filter((text) => text !== undefined).join('; ');
      if (scope === 'test') untold = [];
      return fallback ? { ...report, fallback } : report;
    },
  };
}

function who({ user }: Target): string {
  return `${quoteText(user)}@'%'`;
}
