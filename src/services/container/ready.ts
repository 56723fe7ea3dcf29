import type { Endpoint } from '../../core/connection.ts';
import { connectTo } from '../../util/platform/connect.ts';

/** An engine's proxy takes a connection before the server listens, and closes it as soon as it sees that nobody does. */
const CLOSED_WITHIN_MS = 100;

/** Rejects unless a connection is taken and kept. */
export async function keepsConnection({ host, port }: Endpoint, signal: AbortSignal): Promise<void> {
  const socket = await connectTo({ host, port }, signal);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, CLOSED_WITHIN_MS);
      socket.once('data', () => resolve());
      for (const event of ['end', 'close', 'error'])
        socket.once(event, () => {
          clearTimeout(timer);
          reject(new Error(`nobody listens on port ${port} yet`));
        });
    });
  } finally {
    socket.removeAllListeners();
    socket.on('error', () => {});
    socket.destroy();
  }
}

/** Rejects unless a GET is answered with a status below 400. */
export async function answersHttp({ host, port }: Endpoint, path: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://${host}:${port}${path}`, { signal, redirect: 'manual' });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`GET ${path} is answered with status ${response.status}: ${text.slice(0, 200)}`);
}
