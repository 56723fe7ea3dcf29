import type { GatewayOptions, Pause } from '../../core/gateway.ts';
import { dialStream, serveStreams } from '../../util/platform/stream-server.ts';
import { type Connection, createConnection } from './connection.ts';
import type { Opened } from './messages.ts';
import { createPostgresState } from './postgres-state.ts';
import { opaque } from './wire-state.ts';

/** A gateway within the thread. */
export interface PassThrough extends Opened {
  pause(patienceMs: number): Promise<Pause>;
  resume(): void;
  count(): number;
  close(): void;
}

export async function openPassThrough(options: GatewayOptions, startPaused: boolean): Promise<PassThrough> {
  const connections = new Set<Connection>();
  let paused = startPaused;
  let onChange = () => {};
  const server = await serveStreams(options.port, (client) => {
    const connection = createConnection({
      client,
      wire: options.wire === 'postgres' ? createPostgresState() : opaque,
      paused,
      dial: () => dialStream(options.target),
      onChange: () => onChange(),
    });
    connections.add(connection);
    client.once('close', () => connections.delete(connection));
  });
  const stillOpen = () => [...connections].filter((connection) => !connection.isAtRest()).length;
  return {
    port: server.port,
    addresses: server.addresses,
    pause: (patienceMs) => {
      paused = true;
      for (const connection of connections) connection.pause();
      return new Promise((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          onChange = () => {};
          resolve({ stillOpen: stillOpen() });
        };
        const timer = setTimeout(settle, patienceMs);
        onChange = () => {
          if (stillOpen() === 0) settle();
        };
        onChange();
      });
    },
    resume: () => {
      paused = false;
      for (const connection of connections) connection.resume();
    },
    count: () => connections.size,
    close: () => {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
}
