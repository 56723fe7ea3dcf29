import net from 'node:net';
import type { Duplex } from 'node:stream';

export type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Opens a stream connection; rejects with the system's error when nobody listens, or when `signal` aborts. */
export function connectTo(address: Address, signal?: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const socket =
      'socketPath' in address
        ? net.connect(address.socketPath)
        : net.connect({ host: address.host, port: address.port, noDelay: true });
    const give = (settle: () => void) => {
      signal?.removeEventListener('abort', abort);
      socket.off('error', fail).off('connect', done);
      settle();
    };
    const abort = () => fail(signal?.reason);
    const fail = (error: unknown) =>
      give(() => {
        socket.destroy();
        reject(error);
      });
    const done = () => give(() => resolve(socket));
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('error', fail).once('connect', done);
  });
}
