import { redact } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { CommandStatus, ServiceStatus, SessionDoor, SessionStatus } from './session-door.ts';

export interface DoorOptions {
  /** Ends the session and then its process. */
  stop(): Promise<void>;
  /** Called for each authenticated request. */
  onUse(): void;
  commands(): readonly CommandStatus[];
}

/** The session as the control API sees it. */
export function createSessionDoor(session: Session, options: DoorOptions): SessionDoor {
  const { project } = session.plan.config;
  return {
    id: session.id,
    project,
    status: () => statusOf(session, options.commands()),
    acquire: (key, _signal, isolation) => session.acquire(key, isolation),
    states: session.states,
    inspector: async (lease, service) => session.inspectors(lease).of(service),
    release: session.release,
    mainEnv: session.mainEnv,
    leasedNames: session.leasedNames,
    hello: (key, plugin, version) => session.events.emit({ type: 'worker.hello', key, plugin, version }),
    restartService: session.restartService,
    stopService: session.stopService,
    stop: options.stop,
    touch: options.onUse,
    events: session.events,
  };
}

function statusOf(session: Session, commands: readonly CommandStatus[]): SessionStatus {
  return {
    session: session.id,
    project: session.plan.config.project,
    startedAt: session.startedAt,
    pid: process.pid,
    isolation: session.isolation,
    services: session.services().map((service): ServiceStatus => {
      const { planned, running, death, startedAt } = service;
      const fields = Object.entries(service.fieldsNow).filter(([field]) => field !== 'password');
      return {
        name: service.name,
        kind: planned.config.kind,
        title: planned.configured.title,
        version: planned.version,
        product: planned.product,
        driver: planned.driver,
        state: death ? 'died' : 'ready',
        port: running.endpoint.port,
        fields: Object.fromEntries(fields.map(([field, value]) => [field, redact(value)])),
        startedAt,
        pid: running.pid ?? null,
        logFile: running.logFile ?? null,
        data: running.data ?? null,
      };
    }),
    leases: session.leases(),
    commands,
  };
}
