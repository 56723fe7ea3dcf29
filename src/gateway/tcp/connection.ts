import type { Socket } from 'node:net';
import type { WireState } from './wire-state.ts';

/** One client and its connection to the target. */
export interface Connection {
  /** Nothing that it has sent is under way, and nothing more of it will pass until `resume`. */
  isAtRest(): boolean;
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface ConnectionOptions {
  readonly client: Socket;
  readonly wire: WireState;
  readonly paused: boolean;
  dial(): Socket;
  /** It may have come to rest, or has ended. */
  onChange(): void;
}

export function createConnection({ client, wire, dial, onChange, ...options }: ConnectionOptions): Connection {
  let { paused } = options;
  let server: Socket | undefined;
  let connected = false;
  let ended = false; // the client has sent all, and all of it has been passed on
  let clientDone = false; // the client has sent all
  let writing = 0; // chunks that the kernel has not taken yet
  const held: Buffer[] = [];

  const pass = (bytes: Buffer) => {
    wire.fromClient(bytes);
    writing++;
    server?.write(bytes, () => {
      writing--;
      if (paused) onChange();
    });
  };
  /** Whatever has happened: passes what may pass, and reads on or not. */
  const goOn = () => {
    if (!server || !connected) return;
    while (held.length > 0) {
      const [first] = held as [Buffer];
      const allowed = paused ? wire.measure(first) : first.length;
      if (allowed === 0) break;
      if (allowed < first.length) held[0] = first.subarray(allowed);
      else held.shift();
      pass(first.subarray(0, allowed));
    }
    const atRest = paused && wire.isQuiet();
    if (clientDone && held.length === 0 && !atRest && !ended) {
      ended = true;
      server.end();
    }
    if (atRest || held.length > 0 || server.writableNeedDrain) client.pause();
    else client.resume();
    if (paused) onChange();
  };
  const connect = () => {
    const socket = dial();
    server = socket;
    socket.once('connect', () => {
      connected = true;
      goOn();
    });
    socket.on('drain', goOn);
    socket.on('data', (bytes: Buffer) => {
      wire.fromServer(bytes);
      if (!client.write(bytes)) socket.pause();
      if (paused) goOn();
    });
    socket.once('end', () => client.end());
    follow(socket, () => client);
  };
  /** What happens to one end happens to the other, after what it has still to be sent. */
  const follow = (one: Socket, other: () => Socket | undefined) => {
    let reset = false;
    one.on('error', (error: NodeJS.ErrnoException) => {
      reset = error.code !== 'EPIPE';
    });
    one.once('close', () => {
      const peer = other();
      if (peer && !peer.destroyed) finish(peer, reset);
      onChange();
    });
  };

  client.on('data', (bytes: Buffer) => {
    held.push(bytes);
    goOn();
  });
  client.on('drain', () => server?.resume());
  client.once('end', () => {
    clientDone = true;
    goOn();
  });
  follow(client, () => server);
  if (!paused) connect();

  return {
    isAtRest: () => client.destroyed || !server || (wire.isQuiet() && writing === 0),
    pause() {
      paused = true;
      goOn();
    },
    resume() {
      paused = false;
      if (server) goOn();
      else if (!client.destroyed) connect();
    },
    destroy() {
      client.destroy();
      server?.destroy();
    },
  };
}

/** Ends a socket as its peer has ended; what was written before is sent first. */
function finish(socket: Socket, reset: boolean): void {
  const close = () => (reset ? socket.resetAndDestroy() : socket.destroy());
  if (socket.writableLength === 0) close();
  else if (socket.writableEnded) socket.once('finish', close);
  else socket.end(close);
}
