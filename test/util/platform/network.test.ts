import net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canBind, canConnect, loopbackAddresses, pickPort } from '../../../src/util/platform/ports.ts';
import { connectionsTo, holdsSocket } from '../../../src/util/platform/tcp-connections.ts';
import { startScript } from '../../helpers/child.ts';
import { until } from '../../helpers/until.ts';

/** Accepts and keeps connections on a free port; cut after the test. */
async function startServer(host: string): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
  const cut = () => {
    for (const socket of sockets) socket.end();
  };
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, cut };
}

const addresses = await loopbackAddresses();

describe('ports', () => {
  test('that are picked are free on each loopback address', async () => {
    for (let i = 0; i < 10; i++) {
      const port = await pickPort();
      for (const host of addresses) expect(await canBind(port, host)).toBe(true);
    }
  });

  test.each(addresses.map((host) => [host]))(
    'in use on %s can be connected to and not bound; others the other way round',
    async (host) => {
      const { port } = await startServer(host);
      expect([await canBind(port, host), await canConnect(port, host)]).toEqual([false, true]);
      const free = await pickPort();
      expect([await canBind(free, host), await canConnect(free, host)]).toEqual([true, false]);
    },
  );

  test('127.0.0.1 is always among the loopback addresses, and first', () => {
    expect(addresses[0]).toBe('127.0.0.1');
  });
});

describe('connections to an address', () => {
  /** A port that was in use a moment ago shows traces of that, too. */
  const openTo = (host: string, port: number) => connectionsTo(host, port).filter(({ inode }) => inode !== 0);
  const connectFrom = (host: string, port: number) =>
    startScript(
      `const socket = require('node:net').connect({ host: ${JSON.stringify(host)}, port: ${port} }, () => console.log(socket.localPort));
       socket.on('end', () => socket.end());`,
    );

  test.each([
    ...addresses.map((host) => [host, host]),
    ...(addresses.includes('::1') ? [['::ffff:127.0.0.1', '127.0.0.1']] : []),
  ] as [string, string][])('made to %s are seen at %s with their owner, as long as they are open', async (dialled, host) => {
    const { port, cut } = await startServer(host);
    expect(openTo(host, port)).toEqual([]);
    const client = connectFrom(dialled, port);
    const localPort = Number(await client.line());
    const [seen, ...others] = openTo(host, port);
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ localPort, state: 'open' });
    const inodes = new Set([seen?.inode as number]);
    expect(holdsSocket(client.pid, inodes)).toBe(true);
    expect(holdsSocket(process.pid, inodes)).toBe(false);
    cut();
    await client.ended;
    await until(() => openTo(host, port).length === 0);
  });

  test('one that the client closed first stays visible as closed', async () => {
    const host = addresses[0] as string;
    const { port } = await startServer(host);
    const client = startScript(
      `const socket = require('node:net').connect({ host: ${JSON.stringify(host)}, port: ${port} }, () => { console.log(socket.localPort); socket.end(); });`,
    );
    const localPort = Number(await client.line());
    await client.ended;
    await until(() => openTo(host, port).length === 0);
    expect(connectionsTo(host, port)).toContainEqual({ localPort, state: 'closed', inode: 0 });
  });

  test('nothing is found for what is no address, nor in a process that is gone', () => {
    expect(
      ['', '256.0.0.1', '1.2.3', ':::', '1:2', 'localhost', 'g::1'].flatMap((address) => connectionsTo(address, 80)),
    ).toEqual([]);
    expect(holdsSocket(2 ** 22 + 1, new Set([1]))).toBe(false);
  });
});
