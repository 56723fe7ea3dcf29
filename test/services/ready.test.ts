import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mariadb } from '../../src/services/mariadb/index.ts';
import { postgres } from '../../src/services/postgres/index.ts';
import { redis } from '../../src/services/redis/index.ts';
import { toRequest } from '../helpers/launch-service.ts';

describe.each([postgres, mariadb, redis])('readiness of $title', (definition) => {
  const service = definition.configure(toRequest());
  const open = new Set<net.Socket>();
  let accepted = 0;
  let answer: string | undefined;
  let greeting: string | undefined;
  let server: net.Server;
  beforeEach(async () => {
    accepted = 0;
    answer = greeting = undefined;
    server = net.createServer((socket) => {
      accepted++;
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
      if (greeting !== undefined) socket.write(greeting);
      socket.on('data', () => answer !== undefined && socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve))); // waits until every connection is closed

  const endpoint = () => ({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port, addresses: ['127.0.0.1'] });
  const ready = (signal: AbortSignal) => service.ready(endpoint(), { nonce: 'n', pid: process.pid, signal });

  it('gives up on a server that accepts and says nothing, when it is told to, and leaves no connection', async () => {
    const stop = new AbortController();
    const checked = ready(stop.signal).catch((error: unknown) => error);
    while (accepted === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('told to stop');
    const begun = performance.now();
    stop.abort(reason);
    expect(await checked).toBe(reason);
    expect(performance.now() - begun).toBeLessThan(1_000); // not by its own time limit
  });

  it.each(['SSH-2.0-OpenSSH_9.2\r\n', '\x02\0\0\0\x0a1'])(
    'takes no server that greets in another protocol for its own, and leaves no connection: %j',
    async (text) => {
      greeting = text;
      await expect(ready(AbortSignal.timeout(300))).rejects.toThrow();
      expect(accepted).toBe(1);
    },
  );

  it('takes no server of another protocol for its own, and leaves no connection', async () => {
    answer = 'HTTP/1.1 400 Bad Request\r\n\r\n';
    await expect(ready(AbortSignal.timeout(1_000))).rejects.toThrow();
    expect(accepted).toBe(1);
  });
});
