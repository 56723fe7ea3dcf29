import net from 'node:net';
import { LOOPBACK_V4, loopbackAddresses } from './ports.ts';

export interface StreamServer {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Stops listening; connections live on. */
  close(): void;
}

const BACKLOG = 1_024;

/**
 * Accepts connections on one port of every loopback address: the given one, or one that is free on all. Sockets come paused and half-open: the end
 * of what the peer sends does not end what it is sent.
 */
export async function serveStreams(port: number | undefined, onSocket: (socket: net.Socket) => void): Promise<StreamServer> {
  const addresses = await loopbackAddresses();
  for (let attempt = 1; ; attempt++) {
    const servers: net.Server[] = [];
    const close = () => {
      for (const server of servers) server.close();
    };
    try {
      let chosen = port ?? 0;
      for (const host of addresses) {
        const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, onSocket);
        await listen(server, chosen, host);
        servers.push(server);
        if (host === LOOPBACK_V4) chosen = (server.address() as net.AddressInfo).port;
      }
      return { port: chosen, addresses, close };
    } catch (error) {
      close();
      if (port !== undefined || attempt === 50 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

/** Connects with the other end's way of ending: half-open. The socket is there at once, and tells by events how it goes. */
export function dialStream(target: { readonly host: string; readonly port: number; readonly unixSocket?: string }): net.Socket {
  const { host, port, unixSocket } = target;
  // `onread` is not used: its one buffer would have to be copied, since what can't be written at once is kept.
  return unixSocket
    ? net.connect({ path: unixSocket, allowHalfOpen: true })
    : net.connect({ host, port, allowHalfOpen: true, noDelay: true });
}

function listen(server: net.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', () => {}); // of one accept, e.g. no more descriptors: the next may do
      resolve();
    });
  });
}
