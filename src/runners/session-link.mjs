import { createRequire } from 'node:module';
import { formatRequest, parseAnswer } from './http-text.mjs';

// Fetched now, before tests put other networks in place.
const require = createRequire(import.meta.url);
const { Socket } = require('node:net');
const { connect, ref, unref } = Socket.prototype;

/**
 * Answers an asynchronous function that calls the session over one connection that is kept, one call after another. The connection keeps
 * the process alive only while an answer is awaited. One that the session has closed in idle time is opened anew.
 */
export function createSessionLink({ path: socketPath, token }) {
  let socket;
  let last = Promise.resolve();

  const open = () => {
    const opened = new Socket();
    opened.setMaxListeners(0);
    opened.on('error', () => {}); // told by 'close'
    opened.once('close', () => {
      if (socket === opened) socket = undefined;
    });
    connect.call(opened, { path: socketPath });
    return opened;
  };

  const exchange = (request, mayRepeat) =>
    new Promise((resolve, reject) => {
      const used = socket !== undefined;
      socket ??= open();
      const own = socket;
      let bytes = Buffer.alloc(0);
      let failure;
      const done = (settle, value) => {
        own.removeListener('data', onData);
        own.removeListener('error', onError);
        own.removeListener('close', onClose);
        unref.call(own);
        settle(value);
      };
      const take = (ended) => {
        try {
          const answer = parseAnswer(bytes, ended);
          if (answer) done(resolve, answer.value);
        } catch (error) {
          done(reject, error);
        }
      };
      const onData = (chunk) => {
        bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
        take(false);
      };
      const onError = (error) => {
        failure = error;
      };
      const onClose = () => {
        // Closed in idle time: what was sent has not been read.
        if (used && bytes.length === 0 && mayRepeat) done(resolve, exchange(request, false));
        else if (failure) done(reject, failure);
        else take(true);
      };
      own.on('data', onData);
      own.on('error', onError);
      own.on('close', onClose);
      ref.call(own);
      own.write(request);
    });

  return (method, path, body) => {
    const request = formatRequest({ method, path, body, token, close: false });
    const result = last.then(() => exchange(request, true));
    last = result.catch(() => {});
    return result;
  };
}
