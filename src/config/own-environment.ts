/** True when the environment holds what Seatrial itself has set: inside a run, or after `eval "$(seatrial services start)"`. Then its addresses and overrides say nothing. */
export function isOwnEnvironment(env: NodeJS.ProcessEnv): boolean {
  return env.SEATRIAL_SESSION !== undefined || env.SEATRIAL_RUN !== undefined || env.SEATRIAL_INJECTED !== undefined;
}
