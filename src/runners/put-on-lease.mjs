/**
 * Changes an environment to that of a lease. What the project sets for itself wins: a name changes only while it has the value that the
 * session gave to the main process.
 */
export function putOnLease(env, { lease, replaces }) {
  for (const [name, value] of Object.entries(lease.env)) if (env[name] === replaces[name]) env[name] = value;
  env.SEATRIAL_LEASE = `${env.SEATRIAL_SESSION}/${lease.id}`;
}
