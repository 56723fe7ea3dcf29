import type { Target } from '../../../src/services/mariadb/connect.ts';
import type { startMariadb } from '../../helpers/native-mariadb.ts';

/** The administrator of a server that a test has started, as the control connection is. */
export function rootOf({ service, server }: Pick<Awaited<ReturnType<typeof startMariadb>>, 'service' | 'server'>): Target {
  const { host, port } = service.fields(server.endpoint);
  return { host, port: Number(port), user: 'root', password: 'testpass', database: undefined };
}
