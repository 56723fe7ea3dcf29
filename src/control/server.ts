import type { Server } from 'node:http';
import { SeatrialError } from '../errors.ts';
import { listenLocally } from '../util/platform/listen.ts';
import type { SessionDoor } from './session-door.ts';

export interface ControlServerOptions {
  readonly token: string;
  /** Its folder exists and is the user's alone; the path has at most about 100 characters. */
  readonly socketPath: string;
}
export interface ControlServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly socketPath: string;
  /** Loads now what the first connection would wait 30 ms for; for sessions that have nothing to do before it comes. */
  warmUp(): Promise<void>;
  /** Cuts all connections. Leases that they held are left to the session, which is ending. */
  close(): Promise<void>;
}

/** A client that has sent no complete, admitted request for so long is cut off. */
const SILENCE_MS = 10_000;

/**
 * Serves the control API of a session. What it takes to speak HTTP is loaded at the first connection: that costs 30 ms, and a command
 * which has just been started needs longer than that to connect, while its start waits for this function.
 */
export async function startControlServer(door: SessionDoor, { token, socketPath }: ControlServerOptions): Promise<ControlServer> {
  let http: Promise<HttpSide> | undefined;
  const loadHttp = () => {
    http ??= createHttpSide(door, token, () => listening.port);
    return http;
  };
  const listening = await listenLocally(socketPath, (socket, via) => {
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    loadHttp().then(
      (side) => {
        side[via].emit('connection', socket);
        socket.resume();
      },
      () => socket.destroy(),
    );
  }).catch((error: Error) => {
    throw new SeatrialError('SEATRIAL_RUNTIME_UNUSABLE', `the control API cannot listen on ${socketPath}: ${error.message}`, {
      hint: 'set SEATRIAL_RUNTIME_DIR to a short path that you can write to',
      cause: error,
    });
  });
  const close = async () => {
    (await http?.catch(() => undefined))?.forgetHolders();
    await listening.close();
  };
  const warmUp = async () => void (await loadHttp());
  const { port } = listening;
  return { url: `http://127.0.0.1:${port}`, port, socketPath, warmUp, close, [Symbol.asyncDispose]: close };
}

interface HttpSide {
  readonly tcp: Server;
  readonly unix: Server;
  forgetHolders(): void;
}

async function createHttpSide(door: SessionDoor, token: string, port: () => number): Promise<HttpSide> {
  const [{ createServer }, { handleRequest }, { createLeaseHolders }] = await Promise.all([
    import('node:http'),
    import('./handler.ts'),
    import('./lease-holders.ts'),
  ]);
  const holders = createLeaseHolders(door);
  const create = (via: 'tcp' | 'unix') => {
    const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => {
      response.on('error', () => {}); // the peer has gone
      handleRequest(request, response, door, holders, { token, port: port(), via }).catch(() => response.destroy());
    });
    server.timeout = SILENCE_MS;
    return server.on('clientError', (_error, socket) => socket.destroy());
  };
  return { tcp: create('tcp'), unix: create('unix'), forgetHolders: () => holders.forget() };
}
