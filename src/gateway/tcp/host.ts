import { Worker } from 'node:worker_threads';
import type { Gateway, GatewayHost, GatewayOptions, Pause } from '../../core/gateway.ts';
import { programFile } from '../../util/package-files.ts';
import type { Answer, Opened, Request, Value } from './messages.ts';

const PATIENCE_MS = 250;
/** A thread that ends again and again is not started again for ever. */
const STARTS_AT_MOST = 5;

interface Open {
  readonly options: GatewayOptions;
  paused: boolean;
}

/**
 * One thread for all gateways. When it ends by itself, its connections are cut; it is started again, and its gateways listen where they did before.
 * `onThread` hears of each thread.
 */
export function createGatewayHost(options: { onThread?(thread: Worker): void } = {}): GatewayHost {
  const gateways = new Map<number, Open>();
  const waiting = new Map<number, { resolve(value: Value): void; reject(error: Error): void }>();
  let thread: Promise<Worker> | undefined;
  let starts = 0;
  let numbers = 0;
  let closed = false;

  const post = (worker: Worker, gateway: number, request: Request): Promise<Value> =>
    new Promise((resolve, reject) => {
      const number = ++numbers;
      waiting.set(number, { resolve, reject });
      worker.postMessage({ number, gateway, request });
    });
  const start = async (): Promise<Worker> => {
    if (closed || ++starts > STARTS_AT_MOST) throw new Error('the gateway thread has ended');
    const worker = new Worker(programFile('gateway/tcp/thread'), { name: 'seatrial-gateway' });
    worker.unref();
    worker.on('message', (answer: Answer) => {
      const asked = waiting.get(answer.number);
      waiting.delete(answer.number);
      if ('error' in answer) asked?.reject(new Error(answer.error));
      else asked?.resolve(answer.value);
    });
    let why = 'the gateway thread has ended';
    worker.on('error', (error) => {
      why = `the gateway thread has ended: ${(error as Error).message}`;
    });
    worker.once('exit', () => {
      for (const { reject } of waiting.values()) reject(new LostThread(why));
      waiting.clear();
      if (closed) return;
      thread = start();
      thread.catch(() => {}); // whoever asks next hears of it
    });
    options.onThread?.(worker);
    await Promise.all(
      [...gateways].map(([id, { options, paused }]) => post(worker, id, { op: 'open', options, paused })), // each by its port
    );
    return worker;
  };
  const ask = async (gateway: number, request: Request): Promise<Value> => {
    thread ??= start();
    const running = await thread;
    try {
      return await post(running, gateway, request);
    } catch (error) {
      if (!(error instanceof LostThread) || closed) throw error;
      return ask(gateway, request);
    }
  };

  return {
    open: async (options): Promise<Gateway> => {
      const id = ++numbers;
      const { port, addresses } = (await ask(id, { op: 'open', options, paused: false })) as Opened;
      const open: Open = { options: { ...options, port }, paused: false };
      gateways.set(id, open);
      const [host = '127.0.0.1'] = addresses;
      return {
        endpoint: { host, port, addresses },
        pause: async (patienceMs = PATIENCE_MS) => {
          open.paused = true;
          return (await ask(id, { op: 'pause', patienceMs })) as Pause;
        },
        resume: async () => {
          open.paused = false;
          await ask(id, { op: 'resume' });
        },
        connections: async () => (await ask(id, { op: 'count' })) as number,
        [Symbol.asyncDispose]: async () => {
          if (gateways.delete(id) && !closed) await ask(id, { op: 'close' });
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      gateways.clear();
      const worker = await thread?.catch(() => undefined);
      await worker?.terminate();
    },
  };
}

class LostThread extends Error {}
