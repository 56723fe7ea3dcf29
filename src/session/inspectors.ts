import type { ConnectionFields } from '../core/connection.ts';
import type { Inspector } from '../core/inspect.ts';
import type { InspectSupport } from '../core/service.ts';
import { SeatrialError } from '../errors.ts';

/** A service in one state: that of a lease, or the session's own. */
export interface Inspectable {
  readonly name: string;
  readonly inspect?: InspectSupport | undefined;
  readonly fields: ConnectionFields;
}
/** What tests see of the services of one state. */
export interface Inspectors extends AsyncDisposable {
  /** Opens those that would not see what comes before they are there. */
  openEarly(): Promise<void>;
  of(service: string): Promise<Inspector>;
}

/** Those of a lease by its id, the session's own by `main`. */
export function findInspectors(own: Inspectors, ofLease: (id: string) => Inspectors | undefined): (lease: string) => Inspectors {
  return (lease) => {
    const found = lease === 'main' ? own : ofLease(lease);
    if (found) return found;
    throw new SeatrialError('SEATRIAL_LEASE_NOT_FOUND', `no lease ${lease} is held`, {
      hint: 'it has ended, or its session has',
      details: { lease },
    });
  };
}

export function createInspectors(services: () => readonly Inspectable[]): Inspectors {
  const opened = new Map<string, Promise<Inspector>>();
  const open = ({ name, fields }: Inspectable, support: InspectSupport): Promise<Inspector> => {
    const known = opened.get(name);
    if (known) return known;
    const opening = support.open(fields);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name)); // whoever asks next tries again
    return opening;
  };
  return {
    openEarly: async () => {
      await Promise.all(services().map((service) => service.inspect?.early && open(service, service.inspect)));
    },
    of: async (name) => {
      const service = services().find((candidate) => candidate.name === name);
      if (service?.inspect) return open(service, service.inspect);
      const others = services().flatMap((candidate) => (candidate.inspect ? [candidate.name] : []));
      throw new SeatrialError(
        'SEATRIAL_SERVICE_NOT_FOUND',
        service ? `${name} shows no messages` : `no service is called ${name}`,
        {
          hint: `those that show messages: ${others.join(', ') || 'none'}`,
        },
      );
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([...opened.values()].map(async (inspector) => (await inspector)[Symbol.asyncDispose]()));
    },
  };
}
