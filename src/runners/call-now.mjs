import { createRequire } from 'node:module';
import { formatRequest, parseAnswer } from './http-text.mjs';

const WAIT_MS = 120_000;
// Fetched now, before tests put fake timers and file systems in place.
const require = createRequire(import.meta.url);
const { Socket } = require('node:net');
const { readSync, writeSync } = require('node:fs');
const now = performance.now.bind(performance);

/**
 * Answers a function that calls the session and returns when the answer is there: an environment variable cannot be awaited. It speaks over
 * the bare descriptor of a Unix socket, so neither the event loop nor a second thread is needed (2 ms against 25 ms for a thread that does
 * it). A socket that is held stays open, without keeping the process alive: the kernel closes it with the process, Node with the thread.
 */
export function createCallNow({ path: socketPath, token }) {
  const bell = new Int32Array(new SharedArrayBuffer(4));

  return (method, path, body, { hold = false } = {}) => {
    const deadline = now() + WAIT_MS;
    const socket = new Socket();
    let broken;
    socket.on('error', (error) => {
      broken = error;
    });
    socket.connect({ path: socketPath });
    socket.unref();
    /** Repeats what would block, for as long as the deadline allows. */
    const patiently = (act) => {
      for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs + 1, 10)) {
        try {
          return act();
        } catch (error) {
          if (error.code !== 'EAGAIN') throw error;
        }
        if (now() > deadline) throw Object.assign(new Error(`no answer within ${WAIT_MS} ms`), { code: 'ETIMEDOUT' });
        Atomics.wait(bell, 0, 0, pauseMs);
      }
    };
    let keep = false;
    try {
      const fd = socket._handle?.fd;
      if (!(fd >= 0)) throw broken ?? new Error('the socket cannot be opened');
      let rest = Buffer.from(formatRequest({ method, path, body, token, close: true }));
      while (rest.length > 0) rest = rest.subarray(patiently(() => writeSync(fd, rest)));
      const chunk = Buffer.alloc(65_536);
      let bytes = Buffer.alloc(0);
      for (;;) {
        const count = patiently(() => readSync(fd, chunk, 0, chunk.length, null));
        bytes = Buffer.concat([bytes, chunk.subarray(0, count)]);
        const answer = parseAnswer(bytes, count === 0);
        if (!answer) continue;
        keep = hold;
        return answer.value;
      }
    } finally {
      if (!keep) socket.destroy();
    }
  };
}
