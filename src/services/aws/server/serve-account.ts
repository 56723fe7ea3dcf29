import http from 'node:http';
import { serveStreams } from '../../../util/platform/stream-server.ts';
import { createFront, type FrontOptions } from './front.ts';

export interface ServedAccount {
  readonly port: number;
  /** How many clients are connected. */
  connections(): number;
  /** Stops listening, and cuts who is connected. */
  close(): void;
}

/** Answers AWS's calls for one account on a port of every loopback address: the given one, or one that is free. */
export async function serveAccount(options: FrontOptions, port: number | undefined): Promise<ServedAccount> {
  const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, createFront(options));
  const sockets = new Set<unknown>();
  const streams = await serveStreams(port, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.emit('connection', socket);
    socket.resume();
  });
  const close = () => {
    streams.close();
    server.closeAllConnections();
  };
  return { port: streams.port, connections: () => sockets.size, close };
}
