import { ISOLATIONS, type Isolation } from '../core/isolation.ts';

/** Where the session of this process tree answers, as it travels in the environment. */
export interface ControlEnvironment {
  readonly session: string;
  readonly url: string;
  readonly socketPath: string;
  readonly token: string;
  readonly isolation: Isolation;
  /** Names of the environment variables that a lease changes. */
  readonly leasedNames: readonly string[];
  /** The lease whose values the command has; undefined when it has those of the session itself. */
  readonly mainLease?: string | undefined;
}

/** The variables that `run` sets for clients in any language. */
export function toControlEnvironment(control: ControlEnvironment): Record<string, string> {
  return {
    SEATRIAL_SESSION: control.session,
    SEATRIAL_CONTROL_URL: control.url,
    SEATRIAL_CONTROL_SOCKET: control.socketPath,
    SEATRIAL_CONTROL_TOKEN: control.token,
    SEATRIAL_ISOLATION: control.isolation,
    SEATRIAL_LEASED_NAMES: control.leasedNames.join(','),
    SEATRIAL_MAIN_LEASE: control.mainLease ?? '',
  };
}

/** The session that this process runs in; undefined outside of one. */
export function fromControlEnvironment(env: Readonly<Record<string, string | undefined>>): ControlEnvironment | undefined {
  const { SEATRIAL_SESSION, SEATRIAL_CONTROL_URL, SEATRIAL_CONTROL_SOCKET, SEATRIAL_CONTROL_TOKEN } = env;
  if (!SEATRIAL_SESSION || !SEATRIAL_CONTROL_URL || !SEATRIAL_CONTROL_SOCKET || !SEATRIAL_CONTROL_TOKEN) return undefined;
  return {
    session: SEATRIAL_SESSION,
    url: SEATRIAL_CONTROL_URL,
    socketPath: SEATRIAL_CONTROL_SOCKET,
    token: SEATRIAL_CONTROL_TOKEN,
    isolation: ISOLATIONS.find((isolation) => isolation === env.SEATRIAL_ISOLATION) ?? 'run',
    leasedNames: (env.SEATRIAL_LEASED_NAMES ?? '').split(',').filter(Boolean),
    mainLease: env.SEATRIAL_MAIN_LEASE || undefined,
  };
}
