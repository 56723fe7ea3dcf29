import type { ConnectionFields } from '../core/connection.ts';
import { CONTAINER_LABELS } from '../core/container.ts';
import type { Driver } from '../core/driver.ts';
import type { OnlineLayer } from '../core/launch-spec.ts';
import type { PlannedService } from '../core/plan.ts';
import type { EventStream } from '../observe/event-stream.ts';
import { instanceName } from './compose-env.ts';
import { useAddress } from './external.ts';
import { launchBinary, type RunningBinary } from './launch-binary.ts';
import { launchContainer, type RunningContainer } from './launch-container.ts';
import type { Ledger } from './ledger.ts';
import type { Prepared } from './prepared-store.ts';
import type { SessionFolder } from './session-folder.ts';

export interface ServiceTask {
  readonly planned: PlannedService;
  readonly driver: Driver;
  readonly session: SessionFolder & { readonly ledger: Ledger /** The watchdog is there. */; readonly watched: Promise<unknown> };
  readonly events: EventStream;
  readonly signal: AbortSignal;
  readonly fresh: boolean;
  /** `--keep`: a server on which a migration failed stays up. */
  readonly keep: boolean;
  readonly projectRoot: string;
  readonly readyTimeoutMs: number;
  /** The project and the run, for the names of containers. */
  readonly project: string;
  readonly runId: string;
  /** The environment of a migration command, for this service with these fields. */
  env(fields: ConnectionFields): Readonly<Record<string, string>>;
  /** The service as it is with another URL, on the same external server. */
  reconfigure(url: string): PlannedService;
}

/** What one server of a service starts with. */
export interface LaunchTask {
  /** Steps that are part of its data. */
  readonly layers: readonly OnlineLayer[];
  /** Steps after a restart that has lost the data, as those of a container do. */
  readonly againLayers?: readonly OnlineLayer[];
  readonly packed?: Prepared | undefined;
  readonly port?: number | undefined;
  readonly mayKeep?: () => boolean;
  /** A lease: it is quiet, and the data that were made for the session's own server are fresh enough for it. */
  readonly another?: boolean;
}

export async function launchService(task: ServiceTask, name: string, asked: LaunchTask) {
  const { layers, packed, port, mayKeep = () => true, another } = asked;
  const { planned, events, signal } = task;
  const container = planned.config.container;
  let binary: RunningBinary | undefined;
  let contained: RunningContainer | undefined;
  const onOutput = (line: string) => events.emit({ type: 'step.output', service: name, line });
  const running = await task.driver.launch(planned.spec, {
    name,
    service: planned.configured,
    port,
    signal,
    progress: (line) => events.emit({ type: 'service.progress', service: name, line }),
    useAddress: (spec) => useAddress(name, planned.configured, spec, signal, task.readyTimeoutMs),
    runBinary: async (spec, tools) => {
      binary = await launchBinary({
        name,
        service: planned.configured,
        spec,
        tools,
        extraLayers: layers,
        packed,
        port,
        fresh: task.fresh && !another,
        readyTimeoutMs: task.readyTimeoutMs,
        session: task.session,
        signal,
        mayKeep,
        onStep: ({ title, ms, reused }) => {
          if (mayKeep() && !(another && reused)) events.emit({ type: 'step.finished', service: name, title, ms, reused });
        },
        onOutput,
        warn: (line) => events.emit({ type: 'service.progress', service: name, line: `warning: ${line}` }),
      });
      return binary;
    },
    container,
    runContainer: async (spec, engine, version) => {
      contained = await launchContainer({
        name,
        service: planned.configured,
        spec,
        engine,
        version,
        containerName: instanceName(task.project, name, task.runId),
        labels: {
          [CONTAINER_LABELS.session]: task.session.id,
          [CONTAINER_LABELS.project]: task.project,
          [CONTAINER_LABELS.service]: planned.config.name,
          [CONTAINER_LABELS.run]: task.runId,
        },
        memoryBytes: container?.memoryBytes,
        extraLayers: layers,
        againLayers: asked.againLayers ?? layers,
        port,
        readyTimeoutMs: task.readyTimeoutMs,
        session: task.session,
        signal,
        onStep: (step) => {
          if (mayKeep()) events.emit({ type: 'step.finished', service: name, ...step });
        },
        onOutput,
      });
      return contained;
    },
  });
  return {
    running,
    restart: async () => binary?.restart() ?? contained?.restart(),
    packData: async (at: string) => binary?.packData(at),
  };
}
