import fs from 'node:fs';

export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

let found: ServiceUser | null | undefined;

/**
 * The unprivileged account under which services run when Seatrial itself runs as root; undefined when it does not.
 * PostgreSQL refuses uid 0, and its initdb needs an account with a name, so an existing one is used: `SEATRIAL_SERVICE_USER`, else `nobody`.
 */
export function serviceUser(): ServiceUser | undefined {
  if (found === undefined) found = process.getuid?.() === 0 ? lookUp(process.env.SEATRIAL_SERVICE_USER ?? 'nobody') : null;
  return found ?? undefined;
}

function lookUp(name: string): ServiceUser | null {
  for (const line of fs.readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && uid && gid) return { uid: Number(uid), gid: Number(gid), home: '/' };
  }
  return null;
}
