import type { RunEvent } from '../core/event.ts';
import type { LeaseKey } from '../core/lease.ts';
import type { Address } from '../util/platform/connect.ts';
import { type Call, createCaller } from './call.ts';
import { createHeldLease, type HeldLease, type LeaseGrant } from './held-lease.ts';
import type { LeaseRequest } from './schemas.ts';
import type { LeaseStatus, ServiceStatus, SessionStatus } from './session-door.ts';

export interface ControlClientOptions {
  /** Either is enough; the Unix socket is preferred, since no other user can reach it. */
  readonly socketPath?: string;
  readonly url?: string;
  readonly token: string;
}
export interface CallOptions {
  /** Ends a wait, and what stays open. */
  readonly signal?: AbortSignal;
  /** Until the answer; default 30 s, for what starts or stops services 10 min. */
  readonly timeoutMs?: number;
}
export interface MainEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly leased: readonly string[];
}
export type LeaseOptions = CallOptions & Pick<LeaseRequest, 'over' | 'hello' | 'isolation'>;

/** Talks to a session. Fails with SEATRIAL_CONTROL_UNREACHABLE, SEATRIAL_CONTROL_REJECTED or the error that the session answered. */
export interface ControlClient {
  status(options?: CallOptions): Promise<SessionStatus>;
  services(options?: CallOptions): Promise<readonly ServiceStatus[]>;
  service(name: string, options?: CallOptions): Promise<ServiceStatus>;
  restartService(name: string, options?: CallOptions): Promise<ServiceStatus>;
  stopService(name: string, options?: CallOptions): Promise<ServiceStatus>;
  leases(options?: CallOptions): Promise<readonly LeaseStatus[]>;
  /** Lives until it is released by its id, or the session ends. */
  createLease(key: LeaseKey, options?: LeaseOptions): Promise<LeaseGrant>;
  /** Lives as long as this process keeps it; the kernel ends it with the process. */
  holdLease(key: LeaseKey, options?: LeaseOptions): Promise<HeldLease>;
  releaseLease(id: string, options?: CallOptions): Promise<void>;
  hello(key: LeaseKey, plugin: string, version: string, options?: CallOptions): Promise<void>;
  /** The environment of main processes, and which of its names a lease changes. */
  env(options?: CallOptions): Promise<MainEnvironment>;
  /** The recent events, then new ones until the session ends or `signal` aborts. */
  events(options?: CallOptions): AsyncGenerator<RunEvent, void>;
  /** Resolves when everything has stopped. */
  stopSession(options?: CallOptions): Promise<void>;
}

const LONG_MS = 600_000;

/** Connects with each call; nothing happens before. */
export function createControlClient({ socketPath, url, token }: ControlClientOptions): ControlClient {
  const { call, open } = createCaller(toAddress(socketPath, url), token);
  const service = (name: string, verb: string) => `/v1/services/${encodeURIComponent(name)}${verb}`;
  const lease = (key: LeaseKey, hold: boolean, { hello, over, isolation, ...options }: LeaseOptions): Call => ({
    method: 'POST',
    path: '/v1/leases',
    body: {
      ...key,
      ...(hello ? { hello } : {}),
      ...(over ? { over } : {}),
      ...(isolation ? { isolation } : {}),
      ...(hold ? { hold } : {}),
    } satisfies LeaseRequest,
    timeoutMs: LONG_MS,
    ...options,
  });
  const client: ControlClient = {
    status: (options) => call({ method: 'GET', path: '/v1/status', ...options }),
    services: async (options) =>
      (await call<{ services: ServiceStatus[] }>({ method: 'GET', path: '/v1/services', ...options })).services,
    service: (name, options) => call({ method: 'GET', path: service(name, ''), ...options }),
    restartService: (name, options) => call({ method: 'POST', path: service(name, '/restart'), timeoutMs: LONG_MS, ...options }),
    stopService: (name, options) => call({ method: 'POST', path: service(name, '/stop'), timeoutMs: LONG_MS, ...options }),
    leases: async (options) => (await call<{ leases: LeaseStatus[] }>({ method: 'GET', path: '/v1/leases', ...options })).leases,
    createLease: (key, options = {}) => call(lease(key, false, options)),
    holdLease: async (key, options = {}) =>
      createHeldLease(await open(lease(key, true, options)), (id) => client.releaseLease(id)),
    releaseLease: (id, options) =>
      call({ method: 'DELETE', path: `/v1/leases/${encodeURIComponent(id)}`, timeoutMs: LONG_MS, ...options }),
    hello: (key, plugin, version, options) =>
      call({ method: 'POST', path: '/v1/hello', body: { ...key, plugin, version }, ...options }),
    env: (options) => call({ method: 'GET', path: '/v1/env', ...options }),
    async *events(options) {
      const { lines, close } = await open({ method: 'GET', path: '/v1/events', ...options });
      try {
        for (let line = await lines.next(); !line.done; line = await lines.next())
          if (line.value.startsWith('data: ')) yield JSON.parse(line.value.slice(6)) as RunEvent;
      } finally {
        close();
      }
    },
    async stopSession(options) {
      const { lines } = await open({ method: 'POST', path: '/v1/session/stop', timeoutMs: LONG_MS, ...options });
      while (!(await lines.next().catch(() => ({ done: true }))).done); // the session may end without a farewell
    },
  };
  return client;
}

function toAddress(socketPath: string | undefined, url: string | undefined): Address {
  if (socketPath) return { socketPath };
  if (!url) throw new TypeError('socketPath or url is needed');
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
