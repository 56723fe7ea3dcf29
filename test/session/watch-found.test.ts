import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { FoundAddress } from '../../src/core/config.ts';
import { watchFoundAddresses } from '../../src/session/watch-found.ts';
import { lookUpHost } from '../../src/util/platform/look-up-host.ts';
import { startScript } from '../helpers/child.ts';
import { until } from '../helpers/until.ts';

async function listen(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

const foundAt = (port: number): FoundAddress => ({
  name: 'DATABASE_URL',
  origin: '.env',
  host: 'db.example',
  port,
});

test('a host whose name server does not answer keeps nobody waiting, and is watched from its late answer on', {
  timeout: 10_000,
}, async () => {
  const port = await listen();
  const run = crypto.randomUUID();
  let answer: (addresses: string[]) => void = () => {};
  const late = new Promise<string[]>((resolve) => {
    answer = resolve;
  });

  using watch = await watchFoundAddresses([foundAt(port)], run, [], () => late);
  const command = startScript(`require('node:net').connect(${port}, '127.0.0.1', () => console.log('connected'))`, {
    env: { ...process.env, SEATRIAL_RUN: run },
  });
  await command.line();
  const before = watch.verdict();
  answer(['127.0.0.1']);
  await until(() => watch.verdict().failure !== undefined);

  expect(before).toEqual({ failure: undefined, warnings: [] });
  expect(watch.verdict().failure).toMatchObject({ code: 'SEATRIAL_FOUND_ADDRESS_USED' });
});

test('the name of a host is looked up as other programs do, and given up when the run has ended', async () => {
  const signals: AbortSignal[] = [];
  const never = (_: string, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string[]>(() => {});
  };
  {
    using _ = await watchFoundAddresses([foundAt(5432)], crypto.randomUUID(), [], never);
    expect(signals[0]?.aborted).toBe(false);
  }
  expect(signals[0]?.aborted).toBe(true);
  expect(await lookUpHost('localhost', new AbortController().signal)).toContainEqual(
    expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
  );
});
