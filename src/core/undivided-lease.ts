import { SeatrialError } from '../errors.ts';
import type { ConnectionFields, Endpoint } from './connection.ts';
import type { DatabaseLease } from './service.ts';

/** For a server that is not ours and has nothing by which workers could be kept apart: it serves whole runs, and refuses workers. */
export function undividedLease(title: string, fields: (endpoint: Endpoint) => ConnectionFields): DatabaseLease {
  return {
    kind: 'database',
    open: async (endpoint) => ({
      async create(_id, isolation) {
        if (isolation === 'run') return fields(endpoint);
        throw new SeatrialError(
          'SEATRIAL_LEASE_FAILED',
          `the ${title} server at ${endpoint.host}:${endpoint.port} can't be divided among workers`,
          {
            hint: 'leave out `url`, so that each worker gets a server of its own, or use `--isolation run`',
          },
        );
      },
      drop: async () => {},
      [Symbol.asyncDispose]: async () => {},
    }),
    dropAll: async () => {},
  };
}
