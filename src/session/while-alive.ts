import type { Death } from '../core/driver.ts';
import { SeatrialError } from '../errors.ts';
import type { EventStream } from '../observe/event-stream.ts';

/** Does work on a lease's state of a service; fails with the death of its server as soon as that has died, before the work or during it. */
export type WhileAlive = <T>(at: { readonly service: string; readonly lease: string }, work: () => Promise<T>) => Promise<T>;

export function createWhileAlive(events: Pick<EventStream, 'subscribe'>): WhileAlive {
  const deaths = new Map<string, SeatrialError>();
  const waiting = new Map<string, Set<(error: SeatrialError) => void>>();
  events.subscribe((event) => {
    if (event.type === 'service.ready') deaths.delete(event.service);
    if (event.type === 'lease.ended')
      for (const server of deaths.keys()) if (server.endsWith(` ${event.lease}`)) deaths.delete(server);
    if (event.type !== 'service.died') return;
    const error = toError(event.service, event.lease, event.death);
    const server = nameOf(event.service, event.lease);
    deaths.set(server, error);
    for (const fail of waiting.get(server) ?? []) fail(error);
  });
  return ({ service, lease }, work) => {
    const servers = [nameOf(service), nameOf(service, lease)];
    const death = servers.map((server) => deaths.get(server)).find((found) => found !== undefined);
    if (death) return Promise.reject(death);
    return new Promise((resolve, reject) => {
      for (const server of servers) waiting.set(server, (waiting.get(server) ?? new Set()).add(reject));
      work()
        .then(resolve, reject)
        .finally(() => {
          for (const server of servers) {
            waiting.get(server)?.delete(reject);
            if (waiting.get(server)?.size === 0) waiting.delete(server);
          }
        });
    });
  };
}

/** The session's own server, or the one that a lease has for itself. */
function nameOf(service: string, lease?: string): string {
  return lease === undefined ? service : `${service} ${lease}`;
}

function toError(service: string, lease: string | undefined, { exitCode, signal }: Death): SeatrialError {
  const what = lease === undefined ? service : `${service} of lease ${lease}`;
  return new SeatrialError('SEATRIAL_SERVICE_DIED', `${what} died (${signal ?? `exit code ${exitCode}`})`, {
    hint: 'its last log lines are in the output of Seatrial',
    details: { service, ...(lease === undefined ? {} : { lease }), exitCode, signal },
  });
}
