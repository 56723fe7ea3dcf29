import { createControlClient } from '../control/client.ts';
import { type ControlEnvironment, fromControlEnvironment } from '../control/environment.ts';
import type { ServiceStatus } from '../control/session-door.ts';
import type { ResolvedConfig } from '../core/config.ts';
import type { ConnectionFields } from '../core/connection.ts';
import type { RunEvent } from '../core/event.ts';
import { configKey, findServicesSession } from '../session/session-record.ts';
import { formatDuration } from '../util/format.ts';
import { toVariable } from '../util/variable-name.ts';
import type { RunReport } from './run-report.ts';

/** Services that run already for this command: a lease on a warm session, or the environment of the run around this one. */
export interface WarmServices extends AsyncDisposable {
  readonly control: ControlEnvironment;
  /** Names of the configured services that it serves. */
  readonly serves: readonly string[];
  readonly fields: Readonly<Record<string, ConnectionFields>>;
  readonly env: Readonly<Record<string, string>>;
  readonly events: WarmEvents;
  /** When this is a run inside a run: the outer one's id, which stays. */
  readonly joined?: { readonly runId: string | undefined };
}

export interface WarmEvents {
  subscribe(listener: (event: RunEvent) => void): () => void;
  /** Resolves when all that has happened until now has been told, after a second at most. */
  flush(): Promise<void>;
}

interface Asked {
  readonly config: ResolvedConfig;
  readonly attach: boolean;
  readonly fresh: boolean;
  readonly report: RunReport;
  readonly signal: AbortSignal;
}

export async function findWarmServices(asked: Asked): Promise<WarmServices | undefined> {
  if (asked.config.services.length === 0) return undefined;
  return (await joinOuterRun(asked)) ?? (asked.attach && !asked.fresh ? attach(asked) : undefined);
}

/** A run inside a run uses what the outer one has started, with the environment that it has been given. */
async function joinOuterRun({ config, report, signal }: Asked): Promise<WarmServices | undefined> {
  const control = fromControlEnvironment(process.env);
  if (!control) return undefined;
  const client = createControlClient(control);
  const services = await client.services({ signal, timeoutMs: 5000 }).catch(() => undefined);
  if (!services) return undefined; // that run has ended; its variables are left over
  const serves: string[] = [];
  for (const { name, kind, url } of config.services) {
    const own = services.find((service) => service.name === name && service.kind === kind);
    if (own && (url === undefined || isAt(own, url))) serves.push(name);
    else if (own)
      report.line(`inside run ${control.session}: its ${name} is not the server that is asked for, which is used instead`);
  }
  report.line(`inside run ${control.session}: using its ${serves.join(', ') || 'environment, none of its services'}`);
  const events = subscribeTo(client);
  const runId = process.env[`${toVariable(config.project.name)}_TEST_RUN_ID`];
  return {
    control,
    serves,
    fields: {},
    env: {},
    events,
    joined: { runId },
    [Symbol.asyncDispose]: async () => events.end(),
  };
}

/** The service is on the server of this address; it may be the address of a lease, which the run around has put into the environment. */
function isAt({ driver, port, fields }: ServiceStatus, url: string): boolean {
  const asked = URL.parse(url);
  if (!asked || asked.hostname.replace(/^\[|\]$/g, '') !== fields.host) return false;
  return asked.port === '' ? driver === 'external' : [String(port), fields.port].includes(asked.port);
}

async function attach({ config, report, signal }: Asked): Promise<WarmServices | undefined> {
  const session = findServicesSession(config.project.root);
  if (!session) return undefined;
  if (session.configKey !== configKey(config)) {
    report.line(
      'the started services differ from the configuration, so fresh ones are started; `seatrial services stop`, then `start`, renews them',
    );
    return undefined;
  }
  const startedAt = performance.now();
  const client = createControlClient(session);
  const held = await client.holdLease({ runner: 'run', mainPid: process.pid, slot: 'main' }, { signal });
  const events = subscribeTo(client);
  void held.lost.then(() => report.line('warning: the started services have ended while the command ran'));
  report.line(
    `attached to the services started ${formatDuration(Date.now() - session.startedAt)} ago, with a lease made in ${formatDuration(performance.now() - startedAt)}`,
  );
  return {
    control: {
      ...session,
      session: session.id,
      isolation: config.test.isolation,
      leasedNames: Object.keys(held.replaces),
      mainLease: held.lease.id,
    },
    serves: config.services.map(({ name }) => name),
    fields: held.lease.services,
    env: held.lease.env,
    events,
    [Symbol.asyncDispose]: async () => {
      events.end();
      held.drop(); // the session ends the lease; nobody waits for that
    },
  };
}

/** One stream for all listeners, so that what one of them waits for has reached the others too. */
function subscribeTo(client: ReturnType<typeof createControlClient>): WarmEvents & { end(): void } {
  const listeners = new Set<(event: RunEvent) => void>();
  const ending = new AbortController();
  let opened = false;
  const open = async () => {
    opened = true;
    for await (const event of client.events({ signal: ending.signal })) for (const listener of listeners) listener(event);
  };
  const subscribe = (listener: (event: RunEvent) => void) => {
    listeners.add(listener);
    if (!opened) open().catch(() => {}); // the session has ended
    return () => void listeners.delete(listener);
  };
  return {
    subscribe,
    // A word of our own comes back behind all that was told before.
    flush: () => {
      const slot = `end-${crypto.randomUUID()}`;
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          end();
          resolve();
        };
        const timer = setTimeout(done, 1000);
        const end = subscribe((event) => {
          if (event.type === 'worker.hello' && event.key.slot === slot) done();
        });
        client.hello({ runner: 'run', mainPid: process.pid, slot }, 'seatrial', '1').catch(done);
      });
    },
    end: () => ending.abort(),
  };
}
