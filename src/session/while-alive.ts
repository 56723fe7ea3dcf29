import type { Death } from '../core/driver.ts';
import { SeatrialError } from '../errors.ts';
import type { EventStream } from '../observe/event-stream.ts';

/** Does work on a service; fails with its death as soon as it has died, before the work or during it. */
export type WhileAlive = <T>(service: string, work: () => Promise<T>) => Promise<T>;

export function createWhileAlive(events: Pick<EventStream, 'subscribe'>): WhileAlive {
  const deaths = new Map<string, Death>();
  const waiting = new Map<string, Set<(error: SeatrialError) => void>>();
  events.subscribe((event) => {
    if (event.type === 'service.ready') deaths.delete(event.service);
    if (event.type !== 'service.died') return;
    deaths.set(event.service, event.death);
    for (const fail of waiting.get(event.service) ?? []) fail(toError(event.service, event.death));
  });
  return (service, work) => {
    const death = deaths.get(service);
    if (death) return Promise.reject(toError(service, death));
    const those = waiting.get(service) ?? new Set();
    waiting.set(service, those);
    return new Promise((resolve, reject) => {
      those.add(reject);
      work()
        .then(resolve, reject)
        .finally(() => those.delete(reject));
    });
  };
}

function toError(service: string, { exitCode, signal }: Death): SeatrialError {
  return new SeatrialError('SEATRIAL_SERVICE_DIED', `${service} died (${signal ?? `exit code ${exitCode}`})`, {
    hint: 'its last log lines are in the output of Seatrial',
    details: { service, exitCode, signal },
  });
}
