import crypto from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { createGatewayHost } from '../../../src/gateway/tcp/host.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const host = createGatewayHost();
afterAll(() => host[Symbol.asyncDispose]());

const LOCAL = '127.0.0.1';
type Handler = (socket: net.Socket) => void;

/** A target that does as the handler says. */
async function listen(handler: Handler, at: net.ListenOptions = { host: LOCAL, port: 0 }) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handler(socket);
  });
  server.listen({ backlog: 2_000, ...at });
  await once(server, 'listening');
  const address = server.address();
  return {
    target: { host: LOCAL, port: typeof address === 'object' ? (address?.port ?? 0) : 0 },
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
async function connect(endpoint: { host: string; port: number }): Promise<net.Socket> {
  const socket = net.connect({ host: endpoint.host, port: endpoint.port, allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}
const echo: Handler = (socket) => void socket.pipe(socket);
async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
const ask = async (socket: net.Socket, text: string) => {
  const answer = once(socket, 'data');
  socket.write(text);
  return String((await answer)[0]);
};

/** The other end has gone, politely or not. */
const gone = (socket: net.Socket) =>
  new Promise<void>((resolve) => {
    socket.resume();
    for (const event of ['end', 'close', 'error']) socket.once(event, () => resolve());
  });

describe('A gateway', () => {
  it('passes bytes both ways, whole and in order, on 1,000 connections at once', async () => {
    await using target = await listen(echo);
    await using gateway = await host.open({ target: target.target });
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => connect(gateway.endpoint)));
    await expect.poll(() => gateway.connections()).toBe(1_000);
    await Promise.all(
      sockets.map(async (socket, index) => {
        const sent = crypto.randomBytes(1 + ((index * 7919) % 40_000));
        socket.end(sent);
        expect((await readAll(socket)).equals(sent)).toBe(true);
      }),
    );
    await expect.poll(() => gateway.connections()).toBe(0);
  }, 60_000);

  it('listens on each loopback address that services listen on', async () => {
    await using target = await listen(echo);
    await using gateway = await host.open({ target: target.target });
    for (const address of gateway.endpoint.addresses) {
      const socket = await connect({ ...gateway.endpoint, host: address });
      expect(await ask(socket, address)).toBe(address);
      socket.destroy();
    }
  });

  it('leads to a Unix socket too', async () => {
    const unixSocket = path.join(temporaryFolder(), 's');
    await using _target = await listen(echo, { path: unixSocket });
    await using gateway = await host.open({ target: { host: LOCAL, port: 1, unixSocket } });
    const socket = await connect(gateway.endpoint);
    expect(await ask(socket, 'hello')).toBe('hello');
    socket.destroy();
  });

  it('lets the target answer after the client has ended its half, and the client write after the target has', async () => {
    await using late = await listen((socket) => socket.resume().once('end', () => socket.end('after your end')));
    await using gateway = await host.open({ target: late.target });
    const socket = await connect(gateway.endpoint);
    socket.end('x');
    expect(String(await readAll(socket))).toBe('after your end');

    let received = '';
    await using early = await listen((socket) => {
      socket.end('bye');
      socket.on('data', (bytes) => {
        received += bytes;
      });
    });
    await using other = await host.open({ target: early.target });
    const client = await connect(other.endpoint);
    expect(String(await readAll(client))).toBe('bye');
    client.end('still here');
    await expect.poll(() => received).toBe('still here');
  });

  it('takes no more from a client than the target reads, and then passes all', async () => {
    const sent = crypto.randomBytes(64 << 20);
    await using target = await listen((socket) => socket.pause());
    await using gateway = await host.open({ target: target.target });
    const client = await connect(gateway.endpoint);
    for (let at = 0; at < sent.length; at += 1 << 20) client.write(sent.subarray(at, at + (1 << 20)));
    client.end();
    let before = sent.length;
    let still = 0;
    await expect
      .poll(
        () => {
          still = client.writableLength === before && before < sent.length ? still + 1 : 0;
          before = client.writableLength;
          return still;
        },
        { interval: 200, timeout: 30_000 },
      )
      .toBe(4);
    expect(client.writableLength).toBeGreaterThan(32 << 20);
    const [server] = target.sockets;
    const hash = crypto.createHash('sha256');
    for await (const chunk of server as net.Socket) hash.update(chunk as Buffer);
    expect(hash.digest('hex')).toBe(crypto.createHash('sha256').update(sent).digest('hex'));
    client.destroy();
  }, 60_000);

  it('passes resets in both directions', async () => {
    await using target = await listen((socket) => void socket.resume());
    await using gateway = await host.open({ target: target.target });
    const client = await connect(gateway.endpoint);
    await expect.poll(() => target.sockets.size).toBe(1);
    const [server] = target.sockets as Set<net.Socket>;
    const why = new Promise((resolve) => server?.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
    client.resetAndDestroy();
    expect(await why).toBe('ECONNRESET');

    await using rude = await listen((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    await using other = await host.open({ target: rude.target });
    const victim = await connect(other.endpoint);
    const failed = new Promise((resolve) => victim.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
    victim.write('x');
    victim.resume();
    expect(await failed).toBe('ECONNRESET');
  });

  it('holds what clients send while it is paused, new connections too, and loses nothing of it', async () => {
    let received = '';
    await using target = await listen((socket) => {
      socket.on('data', (bytes) => {
        received += bytes;
        socket.write(`got ${bytes}`);
      });
    });
    await using gateway = await host.open({ target: target.target });
    const old = await connect(gateway.endpoint);
    expect(await ask(old, 'one;')).toBe('got one;');
    expect(await gateway.pause()).toEqual({ stillOpen: 0 });
    const fresh = await connect(gateway.endpoint);
    old.write('two;');
    fresh.write('three;');
    old.end('four;');
    await expect.poll(() => gateway.connections()).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBe('one;');
    expect(target.sockets.size).toBe(1);
    const answers = [readAll(old), once(fresh, 'data')];
    await gateway.resume();
    await Promise.race(answers);
    await expect.poll(() => received.split(';').sort().join(' ').trim()).toBe('four one three two');
    expect(received.indexOf('two;')).toBeLessThan(received.indexOf('four;'));
    fresh.destroy();
    for (const socket of target.sockets) socket.end();
  });

  it('lets what the target sends pass while it is paused', async () => {
    await using target = await listen(() => {});
    await using gateway = await host.open({ target: target.target });
    const client = await connect(gateway.endpoint);
    await expect.poll(() => target.sockets.size).toBe(1);
    await gateway.pause();
    const told = once(client, 'data');
    for (const socket of target.sockets) socket.write('news');
    expect(String((await told)[0])).toBe('news');
    client.destroy();
  });

  it('cuts clients when the target is dead, and serves the next when it is back', async () => {
    const dead = await listen(echo);
    await dead[Symbol.asyncDispose]();
    await using gateway = await host.open({ target: dead.target });
    const client = net.connect({ host: gateway.endpoint.host, port: gateway.endpoint.port });
    await gone(client);
    await using _back = await listen(echo, { host: LOCAL, port: dead.target.port });
    const next = await connect(gateway.endpoint);
    expect(await ask(next, 'hello')).toBe('hello');
    next.destroy();
  });

  it('refuses a port that is taken', async () => {
    await using target = await listen(echo);
    await expect(host.open({ target: target.target, port: target.target.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('is back where it was, and as paused as it was, when its thread has ended', async () => {
    const threads: Worker[] = [];
    await using own = createGatewayHost({ onThread: (thread) => void threads.push(thread) });
    await using target = await listen(echo);
    const open = await own.open({ target: target.target });
    const held = await own.open({ target: target.target });
    await held.pause();
    const client = await connect(open.endpoint);
    expect(await ask(client, 'before')).toBe('before');
    const cut = gone(client);
    await Promise.all([threads[0]?.terminate(), open.pause()]);
    await cut;
    await open.resume();
    expect(threads).toHaveLength(2);
    const again = await connect(open.endpoint);
    expect(await ask(again, 'after')).toBe('after');
    const waits = await connect(held.endpoint);
    let heard = '';
    waits.on('data', (bytes) => {
      heard += bytes;
    });
    waits.write('held');
    for (let i = 0; i < 50; i++) expect(await ask(again, 'meanwhile')).toBe('meanwhile');
    expect(heard).toBe('');
    await held.resume();
    await expect.poll(() => heard).toBe('held');
    again.destroy();
    waits.destroy();
  });

  it('ends its connections and frees its port when it is closed', async () => {
    await using target = await listen(echo);
    const gateway = await host.open({ target: target.target });
    const client = await connect(gateway.endpoint);
    const cut = gone(client);
    await gateway[Symbol.asyncDispose]();
    await cut;
    await using again = await host.open({ target: target.target, port: gateway.endpoint.port });
    expect(again.endpoint.port).toBe(gateway.endpoint.port);
  });
});
