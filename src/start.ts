import path from 'node:path';
import { builtin } from './builtin.ts';
import type { ServiceInput } from './config/define-config.ts';
import type { ConnectionFields } from './core/connection.ts';
import type { DriverName } from './core/driver.ts';

export interface StartOptions {
  /** The project: its `seatrial.lock`, and where commands run. Default: the present folder. */
  readonly cwd?: string;
  /** Order of preference. */
  readonly drivers?: readonly DriverName[];
  /** Gives up, and leaves nothing. */
  readonly signal?: AbortSignal;
}

/** A service that is ready, until it is disposed of or this process ends, however it ends. */
export interface StartedService extends AsyncDisposable {
  /** `url`, `host`, `port`; by kind also `user`, `password`, `database`, ... */
  readonly fields: ConnectionFields;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The variables by which the ecosystem finds it: `DATABASE_URL`, `PGHOST`, ... */
  readonly env: Readonly<Record<string, string>>;
  /** Exact version, e.g. `16.10`. */
  readonly version: string;
}
export interface StartedServices extends AsyncDisposable {
  readonly services: Readonly<Record<string, Omit<StartedService, typeof Symbol.asyncDispose>>>;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts a service from code: `await using db = await start('postgres:16')`. Takes an image, a kind with a version (`postgres@16`), or the keys
 * of a service in the configuration. Fails with a `SeatrialError`; nothing is left then.
 */
export async function start(service: string | ServiceInput, options: StartOptions = {}): Promise<StartedService> {
  const started = await startAll({ db: service }, options);
  const only = Object.values(started.services)[0] as StartedService;
  return { ...only, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

/** Starts several in parallel: `await startAll({ db: 'postgres:16', cache: 'redis:7' })`. The environment names them as a configuration would. */
export async function startAll(
  services: Readonly<Record<string, string | ServiceInput>>,
  options: StartOptions = {},
): Promise<StartedServices> {
  const [{ resolveConfig }, { makePlan }, { openSession }, { programFile }] = await Promise.all([
    import('./config/resolve-config.ts'),
    import('./plan/make-plan.ts'),
    import('./session/session.ts'),
    import('./util/package-files.ts'),
  ]);
  const cwd = path.resolve(options.cwd ?? '.');
  const config = await resolveConfig({
    cwd,
    document: {
      file: path.join(cwd, 'start()'),
      label: 'start()',
      value: { services: toInputs(services) },
      locate: () => undefined,
    },
    drivers: options.drivers,
    env: process.env,
    registry: builtin,
  });
  const session = await openSession({
    plan: await makePlan(config, builtin),
    registry: builtin,
    watchdogProgram: programFile('cli/watchdog'),
    isolation: 'run',
    leasing: false,
    signal: options.signal ?? new AbortController().signal,
  });
  return {
    services: Object.fromEntries(
      session.services().map(({ name, fieldsNow: fields, planned, running }) => [
        name,
        {
          fields,
          url: fields.url,
          host: fields.host,
          port: Number(fields.port),
          env: planned.configured.env(fields),
          version: running.version,
        },
      ]),
    ),
    env: session.mainEnv(),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** `postgres:16` is an image, whose version may be replaced with a line that says so; `postgres@16` is not. */
function toInputs(services: Readonly<Record<string, string | ServiceInput>>): Record<string, unknown> {
  const isImage = (text: string) => /[:/]/.test(text);
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      typeof service === 'string' && isImage(service) ? { image: service } : service,
    ]),
  );
}
