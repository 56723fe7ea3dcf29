import net from 'node:net';

export const LOOPBACK_V4 = '127.0.0.1';
export const LOOPBACK_V6 = '::1';

let addresses: readonly string[] | undefined;

/** The loopback literals of this machine: `127.0.0.1`, and `::1` where it can be bound. Looked up once. */
export async function loopbackAddresses(): Promise<readonly string[]> {
  addresses ??= (await canBind(0, LOOPBACK_V6)) ? [LOOPBACK_V4, LOOPBACK_V6] : [LOOPBACK_V4];
  return addresses;
}

/**
 * A port that is free on every loopback address at this moment. Between this answer and the service's own bind somebody may take it:
 * the caller starts again on another one when the service says so.
 */
export async function pickPort(): Promise<number> {
  const [first, ...others] = await loopbackAddresses();
  for (let attempt = 0; attempt < 50; attempt++) {
    const server = await listen(0, first ?? LOOPBACK_V4);
    const { port } = server.address() as net.AddressInfo;
    const free = (await Promise.all(others.map((host) => canBind(port, host)))).every(Boolean);
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
  throw new Error('no port is free on both 127.0.0.1 and ::1');
}

export async function canBind(port: number, host: string): Promise<boolean> {
  try {
    const server = await listen(port, host);
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

/** True when something accepts a TCP connection there. */
export function canConnect(port: number, host: string, timeoutMs = 500): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function listen(port: number, host: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}
