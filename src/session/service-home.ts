import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ServiceUser } from '../util/platform/service-user.ts';
import { removeFolders } from './end-session.ts';
import type { Ledger } from './ledger.ts';
import type { SessionFolder } from './session-folder.ts';

/** The folders of one service of a session, owned by the account that it runs as. */
export interface ServiceHome {
  /** Makes an empty data folder, and one for sockets; removes what was there. Answers the data folder. */
  empty(bytes: number): string;
  /** Of the last `empty`: where the server puts its Unix sockets. */
  socketDir(): string;
  remove(): void;
}

/** A socket's path may have 103 bytes on every system that we know (107 on Linux); PostgreSQL's name in it takes 15. */
const SOCKET_FOLDER_BYTES = 80;

/** The home lies in the session's data folder. When that has a long path, the sockets lie in a short one that the ledger knows. */
export function createServiceHome(
  name: string,
  session: SessionFolder & { readonly ledger: Ledger },
  user: ServiceUser | undefined,
): ServiceHome {
  let home: string | undefined;
  let sockets: string | undefined;
  const make = (folder: string) => {
    fs.mkdirSync(folder, { mode: 0o700 });
    if (user) fs.chownSync(folder, user.uid, user.gid);
    return folder;
  };
  const remove = () => {
    if (home) removeFolders([home]);
    if (sockets && path.dirname(sockets) !== home && removeFolders([sockets]).length === 0)
      session.ledger.write({ op: 'gone', id: sockets });
    home = sockets = undefined;
  };
  return {
    empty: (bytes) => {
      remove();
      home = make(path.join(session.dataFolder(bytes), name));
      const beside = path.join(home, 's');
      if (Buffer.byteLength(beside) <= SOCKET_FOLDER_BYTES) sockets = make(beside);
      else {
        sockets = path.join('/tmp', `st-${session.id}-${crypto.randomBytes(4).toString('hex')}`);
        session.ledger.write({ op: 'own', id: sockets, thing: { kind: 'folder', path: sockets } });
        make(sockets);
      }
      return make(path.join(home, 'data'));
    },
    socketDir: () => {
      if (!sockets) throw new TypeError('the service has no folders yet');
      return sockets;
    },
    remove,
  };
}
