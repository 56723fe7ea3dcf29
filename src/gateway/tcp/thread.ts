import { parentPort } from 'node:worker_threads';
import type { Answer, Envelope, Value } from './messages.ts';
import { openPassThrough, type PassThrough } from './pass-through.ts';

// The program of the gateway thread: all gateways of a session, so that a busy session does not slow the app's statements down.

const gateways = new Map<number, PassThrough>();

parentPort?.on('message', async ({ number, gateway, request }: Envelope) => {
  let answer: Answer;
  try {
    answer = { number, value: await serve(gateway, request) };
  } catch (error) {
    answer = { number, error: (error as Error).message };
  }
  parentPort?.postMessage(answer);
});

async function serve(id: number, request: Envelope['request']): Promise<Value> {
  if (request.op === 'open') {
    const opened = await openPassThrough(request.options, request.paused);
    gateways.set(id, opened);
    return { port: opened.port, addresses: opened.addresses };
  }
  const gateway = gateways.get(id);
  switch (request.op) {
    case 'pause':
      return (await gateway?.pause(request.patienceMs)) ?? { stillOpen: 0 };
    case 'resume':
      gateway?.resume();
      return undefined;
    case 'count':
      return gateway?.count() ?? 0;
    case 'close':
      gateways.delete(id);
      gateway?.close();
      return undefined;
  }
}
