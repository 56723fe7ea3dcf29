import type { Isolation } from '../core/isolation.ts';
import { type Lease, type LeaseKey, leaseKeyText } from '../core/lease.ts';
import type { SessionDoor } from './session-door.ts';

export interface LeaseHolders {
  /** Takes a lease for one connection; the lease ends when its last holder's connection has closed. */
  hold(key: LeaseKey, connection: Connection, isolation?: Isolation): Promise<Lease>;
  /** Takes a lease that lives until it is released by its id, or the session ends. */
  pin(key: LeaseKey, signal: AbortSignal, isolation?: Isolation): Promise<Lease>;
  release(leaseId: string): Promise<void>;
  /** The environment of a lease that somebody has through here. */
  envOf(leaseId: string): Readonly<Record<string, string>> | undefined;
  /** From now on closing connections end no lease: the session is ending and does that itself. */
  forget(): void;
}
export interface Connection {
  /** Aborts when the peer has gone. */
  readonly gone: AbortSignal;
  end(): void;
}

/**
 * Counts who holds what. Several holders of one lease are normal: a runner starts the next process of a slot before the last one's
 * connection is seen to close.
 */
export function createLeaseHolders(door: SessionDoor): LeaseHolders {
  const connections = new Map<string, Set<Connection>>();
  /** How many have asked with a key and wait for the answer: the lease they are about to get must not end with somebody else's connection. */
  const asking = new Map<string, number>();
  const pinned = new Set<string>();
  const environments = new Map<string, Readonly<Record<string, string>>>();
  let forgotten = false;

  const acquire = async (
    key: LeaseKey,
    signal: AbortSignal,
    isolation: Isolation | undefined,
    register: (lease: Lease) => void,
  ): Promise<Lease> => {
    const name = leaseKeyText(key);
    asking.set(name, (asking.get(name) ?? 0) + 1);
    try {
      const lease = await door.acquire(key, signal, isolation);
      environments.set(lease.id, lease.env);
      register(lease);
      return lease;
    } finally {
      const others = (asking.get(name) ?? 1) - 1;
      if (others > 0) asking.set(name, others);
      else asking.delete(name);
    }
  };
  const drop = ({ id: leaseId, key }: Lease, connection: Connection) => {
    const holders = connections.get(leaseId);
    if (!holders?.delete(connection) || holders.size > 0) return;
    connections.delete(leaseId);
    if (pinned.has(leaseId) || asking.has(leaseKeyText(key)) || forgotten) return;
    environments.delete(leaseId);
    door.release(leaseId, 'disconnected').catch(() => {}); // its failure is an event of the session
  };

  return {
    async hold(key, connection, isolation) {
      const lease = await acquire(key, connection.gone, isolation, ({ id }) => {
        connections.set(id, (connections.get(id) ?? new Set()).add(connection));
      });
      const leave = () => drop(lease, connection);
      if (connection.gone.aborted) leave();
      else connection.gone.addEventListener('abort', leave, { once: true });
      return lease;
    },
    pin: (key, signal, isolation) => acquire(key, signal, isolation, ({ id }) => void pinned.add(id)),
    async release(leaseId) {
      const holders = connections.get(leaseId);
      connections.delete(leaseId);
      pinned.delete(leaseId);
      environments.delete(leaseId);
      await door.release(leaseId, 'released');
      for (const holder of holders ?? []) holder.end();
    },
    envOf: (leaseId) => environments.get(leaseId),
    forget() {
      forgotten = true;
    },
  };
}
