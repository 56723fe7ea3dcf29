import type { ConnectionFields } from '../core/connection.ts';
import type { GatewayHost } from '../core/gateway.ts';
import type { Isolation } from '../core/isolation.ts';
import type { Lease, LeaseKey } from '../core/lease.ts';
import type { Plan } from '../core/plan.ts';
import type { Registry, ServiceEntry } from '../core/registry.ts';
import { isSeatrialError, redact, SeatrialError } from '../errors.ts';
import { createEventStream, type EventStream } from '../observe/event-stream.ts';
import { configureService } from '../plan/choose-driver.ts';
import { endProcesses } from '../util/platform/end-process.ts';
import { projectPath } from '../util/tool-path.ts';
import { findCommandProcesses, RUN_TAG } from './command-processes.ts';
import { composeEnv } from './compose-env.ts';
import { endStrays, removeFolders } from './end-session.ts';
import { createInspectors, findInspectors, type Inspectors } from './inspectors.ts';
import { createLeaseDesk } from './lease-desk.ts';
import { createLeaseStates, type LeaseStates } from './lease-states.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { callOnReset } from './on-reset.ts';
import { createSessionFolder } from './session-folder.ts';
import { type StartedService, startService } from './start-service.ts';
import { startWatchdog } from './watchdog.ts';

export interface SessionOptions {
  readonly plan: Plan;
  readonly registry: Registry;
  /** The program that the watchdog becomes when this process dies. */
  readonly watchdogProgram: string;
  readonly isolation: Isolation;
  /** Leases will be asked for: pristine templates are made before anybody can touch the data. */
  readonly leasing: boolean;
  /** Keep the state of one lease ready for whoever comes next. */
  readonly spareLease?: boolean;
  readonly fresh?: boolean;
  readonly keep?: boolean;
  /** The state of a test that failed outlives it. */
  readonly keepFailed?: boolean;
  readonly signal: AbortSignal;
  /** Made by the caller, so that it hears of the start. */
  readonly events?: EventStream;
}

/** Owns instances: they cannot exist before they are ready, and none is left once it is closed - or once its process has died. */
export interface Session extends AsyncDisposable {
  readonly id: string;
  readonly folder: string;
  readonly ledger: Ledger;
  readonly plan: Plan;
  readonly isolation: Isolation;
  readonly startedAt: number;
  readonly events: EventStream;
  readonly runId: string;
  services(): readonly StartedService[];
  /** With `keep`: why a migration or seed failed. */
  readonly failure: SeatrialError | undefined;
  /** What main processes see. */
  mainEnv(): Readonly<Record<string, string>>;
  /** Names of the variables in `mainEnv` whose values are another's in a lease. */
  leasedNames(): readonly string[];
  /** `isolation`: another than the session's own, for a run that is attached to it. */
  acquire(key: LeaseKey, isolation?: Isolation): Promise<Lease>;
  /** The tests that run on each lease, and the way back to the state before them. */
  readonly states: LeaseStates;
  /** What tests see of the services of a lease, by its id; of the session's own state by `main`. */
  inspectors(lease: string): Inspectors;
  release(leaseId: string, reason: 'released' | 'disconnected'): Promise<void>;
  leases(): readonly { readonly id: string; readonly key: LeaseKey; readonly createdAt: number }[];
  stopService(name: string): Promise<void>;
  restartService(name: string): Promise<void>;
}

/** Opens a session and starts what its plan says, in parallel. When one service fails, the others are stopped and nothing is left. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { plan, signal } = options;
  const events = options.events ?? createEventStream();
  const place = createSessionFolder((at) => ledger.write({ op: 'own', id: at, thing: { kind: 'folder', path: at } }));
  const ledger = openLedgerOf(place);
  const watching = startWatchdog(options.watchdogProgram, place.id, {
    onLost: (why) => events.emit({ type: 'session.unwatched', why }),
  }); // data can be made meanwhile; no service starts before it is there
  watching.catch(() => {});
  const runId = plan.config.runId ?? place.id;
  const started: StartedService[] = [];
  let failure: SeatrialError | undefined;
  let allUp = false; // a step that is cached sees its own service only: what it writes elsewhere would be lost
  events.emit({ type: 'session.opened', session: place.id });

  const env = (fields: Readonly<Record<string, ConnectionFields>>) =>
    composeEnv({ config: plan.config, services: plan.services, fields, runId });
  const mainFields = () => Object.fromEntries(started.map((service) => [service.name, service.fieldsNow]));
  let gateways: Promise<GatewayHost> | undefined;
  const desk = createLeaseDesk({
    services: () => started.filter(({ death }) => !death),
    env,
    events,
    spare: options.spareLease ?? false,
    isolation: options.isolation,
    settled: (lease) => states.settled(lease),
    openGateway: async (asked) => {
      gateways ??= options.registry.loadGateways();
      return (await gateways).open(asked);
    },
  });
  const ownInspectors = createInspectors(() =>
    started.map((service) => ({ name: service.name, inspect: service.inspect, fields: service.fieldsNow })),
  );
  const { onReset } = plan.config.test;
  const states = createLeaseStates({
    keepers: desk.keepers,
    events,
    keepFailed: options.keepFailed ?? false,
    onReset:
      onReset &&
      (async (lease) => callOnReset(onReset, lease, { ...stepEnv(plan, (await desk.find(lease))?.env ?? {}, place.id) })),
  });
  events.subscribe((event) => {
    if (event.type === 'service.died') void desk.discardSpare();
    if (event.type === 'lease.ended') states.forget(event.lease);
  });
  const find = (name: string) => {
    const service = started.find((candidate) => candidate.name === name);
    if (service) return service;
    throw new SeatrialError('SEATRIAL_SERVICE_NOT_FOUND', `no service is called ${name}`, {
      hint: `there are: ${started.map((s) => s.name).join(', ') || 'none'}`,
    });
  };

  const close = async () => {
    await endProcesses(findCommandProcesses(place.id).tree, { signal: 'SIGTERM', graceMs: 250 });
    await ownInspectors[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
    await (await gateways?.catch(() => undefined))?.[Symbol.asyncDispose]();
    await Promise.allSettled(started.map((service) => service[Symbol.asyncDispose]()));
    const folders = place.dataFolders();
    if (folders.length > 0) await endStrays(place.id, folders);
    const failed = removeFolders(folders);
    for (const folder of failed) events.emit({ type: 'cleanup.leftover', what: folder });
    events.emit({ type: 'session.closed', session: place.id });
    ledger.close();
    removeFolders([place.folder]);
    await watching.then(
      (watchdog) => watchdog.dismiss(),
      () => {},
    );
  };

  try {
    const ending = new AbortController();
    const results = await Promise.allSettled(
      plan.services.map(async (planned) => {
        const definition = await (options.registry.services[planned.config.kind] as ServiceEntry).load();
        const service = await startService({
          planned,
          driver: await options.registry.loadDriver(planned.driver, plan.config),
          session: { ...place, ledger, watched: watching },
          events,
          signal: AbortSignal.any([signal, ending.signal]),
          fresh: options.fresh ?? false,
          keep: options.keep ?? false,
          projectRoot: plan.config.project.root,
          project: plan.config.project.name,
          runId,
          readyTimeoutMs: Number(process.env.SEATRIAL_READY_TIMEOUT_MS) || 60_000,
          env: (fields) => stepEnv(plan, env({ ...(allUp ? mainFields() : {}), [planned.config.name]: fields }), place.id),
          reconfigure: (url) => ({
            ...planned,
            configured: configureService(
              { ...planned.config, url },
              definition,
              plan.config.project.name,
              planned.config.version,
            ),
          }),
        }).catch((error: unknown) => {
          ending.abort(error); // the others need not go on
          throw error;
        });
        started.push(service);
      }),
    );
    started.sort((a, b) => order(plan, a) - order(plan, b));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    signal.throwIfAborted();
    if (failures.length > 0) throw ending.signal.reason ?? failures[0];
    await watching;
    allUp = true;
    await carryOutSteps(started, { events, signal }).catch((error: unknown) => {
      if (!options.keep || !isSeatrialError(error)) throw error;
      failure = error;
    });
    if (options.leasing) await Promise.all(started.map((service) => service.openBook()));
    if (options.isolation === 'run') await ownInspectors.openEarly();
    desk.refill();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    id: place.id,
    folder: place.folder,
    ledger,
    plan,
    isolation: options.isolation,
    startedAt: Date.now(),
    events,
    runId,
    services: () => started,
    failure: failure ?? started.find((service) => service.failure)?.failure,
    mainEnv: () => env(mainFields()),
    leasedNames: () => {
      const main = env(mainFields());
      const other = env(Object.fromEntries(started.map((service) => [service.name, changed(service.fieldsNow)])));
      return Object.keys(main).filter((name) => main[name] !== other[name]);
    },
    acquire: async (key, isolation) => {
      await Promise.all(started.map((service) => service.openBook()));
      return desk.acquire(key, isolation);
    },
    states,
    inspectors: findInspectors(ownInspectors, desk.inspectors),
    release: desk.release,
    leases: desk.list,
    stopService: async (name) => {
      const service = find(name);
      started.splice(started.indexOf(service), 1); // at once: a second stop finds none, and no lease is made with it any more
      await desk.discardSpare();
      await service[Symbol.asyncDispose]();
      desk.refill();
    },
    restartService: async (name) => {
      const service = find(name);
      await desk.discardSpare();
      await service.restart();
      desk.refill();
    },
    [Symbol.asyncDispose]: once(close),
  };
}

function openLedgerOf({ folder }: { readonly folder: string }): Ledger {
  try {
    return openLedger(folder);
  } catch (error) {
    removeFolders([folder]);
    throw error;
  }
}

/** Steps whose inputs can't be known, service by service in the order of the configuration, with everything up. */
async function carryOutSteps(
  services: readonly StartedService[],
  context: { readonly events: EventStream; readonly signal: AbortSignal },
): Promise<void> {
  for (const service of services) {
    for (const layer of service.always) {
      const startedAt = performance.now();
      context.events.emit({ type: 'step.started', service: service.name, title: layer.title });
      await layer.build({
        endpoint: service.running.endpoint,
        log: (line) => context.events.emit({ type: 'step.output', service: service.name, line: redact(line) }),
        signal: context.signal,
      });
      context.events.emit({
        type: 'step.finished',
        service: service.name,
        title: layer.title,
        ms: performance.now() - startedAt,
        reused: false,
      });
    }
    if (service.always.length > 0) await service.planned.configured.settle?.(service.running.endpoint);
  }
}

/** A migration command sees the user's environment, ours over it, and the project's own tools first. */
function stepEnv(plan: Plan, ours: Readonly<Record<string, string>>, sessionId: string): Readonly<Record<string, string>> {
  const users = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return { ...users, ...ours, PATH: projectPath(plan.config.test.cwd, { ...users, ...ours }), [RUN_TAG]: sessionId };
}

function order(plan: Plan, service: StartedService): number {
  return plan.services.findIndex(({ config }) => config.name === service.name);
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= close();
    return closing;
  };
}

function changed(fields: ConnectionFields): ConnectionFields {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, `${value}~`])) as unknown as ConnectionFields;
}
