import path from 'node:path';
import type { ConnectionFields, Endpoint } from '../core/connection.ts';
import type { Death, Running } from '../core/driver.ts';
import type { PlannedService } from '../core/plan.ts';
import type { LeaseBook, Seed } from '../core/service.ts';
import { isSeatrialError, type SeatrialError } from '../errors.ts';
import { launchService, type ServiceTask } from './launch-service.ts';
import type { Leasable } from './lease-desk.ts';
import { leaseInside, type OwnState, openBook } from './lease-inside.ts';
import { logTail } from './log-tail.ts';
import type { Prepared } from './prepared-store.ts';
import { planSteps, type StepPlan } from './step-layers.ts';

/** A service of a session: ready, with what leasing needs. */
export interface StartedService extends Leasable, AsyncDisposable {
  readonly planned: PlannedService;
  readonly fieldsNow: ConnectionFields;
  readonly startedAt: number;
  /** Steps that are carried out on each start, when all services are ready. */
  readonly always: StepPlan['always'];
  /** With `keep`: why a migration or seed failed. */
  readonly failure: SeatrialError | undefined;
  /** How it died, once it did. */
  readonly death: Death | undefined;
  openBook(): Promise<void>;
  restart(): Promise<void>;
}

/** Starts one service and tells the event stream about it. */
export async function startService(task: ServiceTask): Promise<StartedService> {
  const { planned, events } = task;
  const { name } = planned.config;
  const startedAt = performance.now();
  events.emit({ type: 'service.starting', service: name, driver: planned.driver, version: planned.version });
  const env = (service: PlannedService) => (endpoint: Endpoint) => task.env(service.configured.fields(endpoint));
  const steps = await planSteps(planned, env(planned), task.projectRoot);
  let failure: SeatrialError | undefined;
  const cached = task.keep
    ? steps.cached.map((layer) => ({
        ...layer,
        build: async (context: Parameters<typeof layer.build>[0]) => {
          if (failure) return;
          await layer.build(context).catch((error: unknown) => {
            if (!isSeatrialError(error)) throw error;
            failure = error;
          });
        },
      }))
    : steps.cached;
  const { running, restart, packData } = await launchService(task, name, {
    layers: cached,
    againLayers: [...steps.cached, ...steps.always],
    port: planned.config.port,
    mayKeep: () => failure === undefined,
  });
  events.emit({
    type: 'service.ready',
    service: name,
    ms: performance.now() - startedAt,
    port: running.endpoint.port,
    ...(running.data ? { data: running.data } : {}),
  });
  if (planned.driver !== 'external')
    return toStarted({ task, planned, running, restart, packData, steps, failure: () => failure });

  // Nothing is known of what is on that server, so nothing is cached: all steps are carried out on a state of our own.
  let own: OwnState | undefined;
  try {
    own = await leaseInside(planned, running.endpoint, task.session.ledger, task.reconfigure);
    const { cached: known, always } = await planSteps(own.service, env(own.service), task.projectRoot);
    return toStarted({
      task,
      planned: own.service,
      running,
      restart,
      packData,
      steps: { cached: [], always: [...known, ...always] },
      failure: () => undefined,
      own,
    });
  } catch (error) {
    await Promise.allSettled([own?.[Symbol.asyncDispose]()]); // its server may be dead
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

/** A guess: what is packed is about as large as the data that the service runs on. */
const PACKED_BYTES = 64 * 1024 * 1024;

interface Launched {
  readonly task: ServiceTask;
  readonly planned: PlannedService;
  readonly running: Running;
  restart(): Promise<void>;
  packData(at: string): Promise<Prepared | undefined>;
  readonly steps: StepPlan;
  failure(): SeatrialError | undefined;
  /** On a server that is not ours: our state there. */
  readonly own?: OwnState;
}

function toStarted({ task, planned, running, restart, packData, steps, failure, own }: Launched): StartedService {
  const { events } = task;
  const { name } = planned.config;
  const inContainer = planned.spec.kind === 'image';
  let book: LeaseBook | undefined;
  let seed: Seed | undefined;
  let seeded: Prepared | undefined;
  let opening: Promise<LeaseBook | undefined> | undefined;
  let death: Death | undefined;
  let closing = false;
  const watch = () =>
    running.died.then((end) => {
      if (closing) return;
      death = end;
      events.emit({ type: 'service.died', service: name, death: end, logTail: logTail(running.logFile) });
    });
  void watch();
  const pack = async () => {
    try {
      return await packData(path.join(task.session.dataFolder(PACKED_BYTES), `${name}.seeded`));
    } finally {
      void watch(); // it is another process now
    }
  };
  const open = async () => {
    const { lease } = planned.configured;
    // What no key describes is packed while nobody is connected yet; the other steps are in the prepared data.
    if (lease.kind === 'instance' && lease.data === 'seeded' && steps.always.length > 0 && !inContainer) seeded ??= await pack();
    if (lease.kind === 'instance') seed ??= await lease.openSeed?.(running.endpoint); // once: after a restart it may be gone
    return openBook(planned, running.endpoint, task.session.ledger);
  };
  const opened = async (attempt: Promise<LeaseBook | undefined>) => {
    opening = attempt;
    attempt.catch(() => {
      if (opening === attempt) opening = undefined; // whoever asks next tries again
    });
    book = await attempt;
  };
  const startAgain = async () => {
    try {
      await book?.[Symbol.asyncDispose]();
    } catch {
      // its server may be dead
    }
    book = undefined;
    try {
      await restart();
    } catch (error) {
      await watch(); // it has ended: that is told like any death
      throw error;
    }
    death = undefined;
    void watch();
    return open();
  };
  return {
    name,
    planned,
    running,
    always: steps.always,
    startedAt: Date.now(),
    get failure() {
      return failure();
    },
    get death() {
      return death;
    },
    get book() {
      return book;
    },
    get seed() {
      return seed;
    },
    get fieldsNow() {
      return planned.configured.fields(running.endpoint);
    },
    fields: ({ endpoint }) => planned.configured.fields(endpoint),
    get inspect() {
      return planned.configured.inspect;
    },
    wire: planned.config.gateway ? (planned.configured.wire ?? 'bytes') : undefined,
    openBook: async () => {
      if (!death) await opened(opening ?? open());
    },
    launchAnother: async (leaseId) => {
      const { lease } = planned.configured;
      const seedSteps = inContainer ? [...steps.cached, ...steps.always] : steps.cached; // no data of a container can be packed
      const layers = lease.kind === 'instance' && lease.data === 'seeded' ? seedSteps : [];
      const leased = await launchService(task, `${name}-${leaseId}`, { layers, packed: seeded, another: true });
      void leased.running.died.then((end) =>
        events.emit({
          type: 'service.died',
          service: name,
          lease: leaseId,
          death: end,
          logTail: logTail(leased.running.logFile),
        }),
      );
      return leased.running;
    },
    restart: () => opened(startAgain()), // who asks for a lease meanwhile waits for it
    [Symbol.asyncDispose]: async () => {
      closing = true;
      const startedAt = performance.now();
      try {
        await book?.[Symbol.asyncDispose]();
        await seed?.[Symbol.asyncDispose]();
        await own?.[Symbol.asyncDispose]();
      } catch {
        // its server may be dead
      }
      await running[Symbol.asyncDispose]();
      events.emit({ type: 'service.stopped', service: name, ms: performance.now() - startedAt });
    },
  };
}
