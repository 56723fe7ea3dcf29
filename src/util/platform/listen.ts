import fs from 'node:fs';
import net from 'node:net';
import { LOOPBACK_V4 } from './ports.ts';

export interface Listening {
  readonly port: number;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/**
 * Accepts connections on a free port of 127.0.0.1 and on a Unix socket that only this user can open.
 * `onSocket` gets each one paused, with nothing of it read: whoever speaks the protocol may be loaded at that moment, and resumes it.
 */
export async function listenLocally(
  socketPath: string,
  onSocket: (socket: net.Socket, via: 'tcp' | 'unix') => void,
): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  const create = (via: 'tcp' | 'unix') =>
    net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => {}); // a peer that goes away is an everyday event
      onSocket(socket, via);
    });
  const tcp = create('tcp');
  const unix = create('unix');
  const close = async () => {
    const closed = [tcp, unix].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  try {
    await Promise.all([start(tcp, { host: LOOPBACK_V4, port: 0, exclusive: true }), start(unix, { path: socketPath })]);
    fs.chmodSync(socketPath, 0o600);
  } catch (error) {
    await close();
    throw error;
  }
  return { port: (tcp.address() as net.AddressInfo).port, close };
}

function start(server: net.Server, options: net.ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => resolve());
  });
}
