import { type Lease, type LeaseKey, leaseKeyText } from '../core/lease.ts';

/** Vitest starts the next process of a slot at once; whoever has not come by then does not come. */
const PARKED_FOR_MS = 10_000;

export interface ParkedLeases<S> {
  /** Keeps a state whose holder has gone for the next process of the same slot. `isClean` settles once it is as new, or can't be made so. */
  park(lease: { readonly key: LeaseKey; readonly state: S; readonly made: Promise<Lease> }, isClean: Promise<boolean>): void;
  take(key: LeaseKey): { readonly state: S; readonly made: Promise<Lease>; readonly isClean: Promise<boolean> } | undefined;
  /** Ends all that are parked. */
  end(): Promise<void>;
}

/** Leases between two holders: a runner that takes a new process for each file need not wait for a new state each time. */
export function createParkedLeases<S>(endState: (key: LeaseKey, state: S) => Promise<void>): ParkedLeases<S> {
  interface Parked {
    readonly key: LeaseKey;
    readonly state: S;
    readonly made: Promise<Lease>;
    readonly isClean: Promise<boolean>;
    readonly timer: NodeJS.Timeout;
  }
  const parked = new Map<string, Parked>();
  const take = (name: string): Parked | undefined => {
    const found = parked.get(name);
    if (!found) return undefined;
    clearTimeout(found.timer);
    parked.delete(name);
    return found;
  };
  const end = async (name: string): Promise<void> => {
    const found = take(name);
    if (!found) return;
    await found.isClean;
    await endState(found.key, found.state);
  };
  return {
    park: ({ key, state, made }, isClean) => {
      const name = leaseKeyText(key);
      const timer = setTimeout(() => void end(name), PARKED_FOR_MS).unref();
      const own: Parked = { key, state, made, isClean, timer };
      parked.set(name, own);
      void isClean.then((clean) => {
        if (!clean && parked.get(name) === own) void end(name);
      });
    },
    take: (key) => take(leaseKeyText(key)),
    end: async () => {
      await Promise.all([...parked.keys()].map(end));
    },
  };
}
