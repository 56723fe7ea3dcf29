'use strict';
// What came to topics, queues, mailboxes and buckets, as tests ask for it.

const SLICE_MS = 200; // calls come one after another: who waits leaves room for others

const now = performance.now.bind(performance);

/** Adds what is read out of the body when somebody looks. */
function toMessage({ base64, text, ...message }) {
  return Object.defineProperties(message, {
    text: { enumerable: true, get: () => text ?? Buffer.from(base64, 'base64').toString('utf8') },
    bytes: { get: () => (base64 === undefined ? Buffer.from(text, 'utf8') : Buffer.from(base64, 'base64')) },
    json: { get: () => JSON.parse(text) },
  });
}

/** True when `actual` has all that `expected` names; texts may be given by a pattern, anything by a function. */
function fits(actual, expected) {
  if (typeof expected === 'function') return Boolean(expected(actual));
  if (expected instanceof RegExp || Object.prototype.toString.call(expected) === '[object RegExp]')
    return typeof actual === 'string' && expected.test(actual);
  if (expected === null || typeof expected !== 'object') return Object.is(actual, expected);
  if (Array.isArray(expected))
    return Array.isArray(actual) && actual.length === expected.length && expected.every((item, at) => fits(actual[at], item));
  return (
    actual !== null && typeof actual === 'object' && Object.keys(expected).every((name) => fits(actual[name], expected[name]))
  );
}

const OWN = ['source', 'id', 'key', 'headers', 'text', 'json', 'at', 'details'];

/** Names that a message has not are looked for in its details, such as `to` and `subject` of a mail. */
function isWanted(message, matcher) {
  if (typeof matcher === 'function') return Boolean(matcher(message));
  return Object.entries(matcher).every(([name, expected]) => {
    try {
      return fits(OWN.includes(name) ? message[name] : message.details?.[name], expected);
    } catch {
      return false; // a body that is no JSON
    }
  });
}

function outline({ id, key, text, details }) {
  const parts = [
    `#${id}`,
    key === undefined ? '' : `key ${key}`,
    details === undefined ? '' : JSON.stringify(details),
    JSON.stringify(text),
  ];
  const line = parts.filter(Boolean).join(' ');
  return `  ${line.length > 300 ? `${line.slice(0, 300)}...` : line}`;
}

function describe(matcher) {
  if (typeof matcher === 'function') return String(matcher);
  return JSON.stringify(matcher, (_name, value) =>
    value instanceof RegExp || typeof value === 'function' ? String(value) : value,
  );
}

/** `ask` answers what a route of the services of this lease says. */
function createMessages(ask) {
  const path = (service, what) => `services/${encodeURIComponent(service)}/${what}`;
  const read = async (service, source, more) =>
    (await ask('POST', path(service, 'messages'), { source, ...more })).messages.map(toMessage);
  return {
    sources: async (service) => (await ask('GET', path(service, 'sources'))).sources,
    messages: (service, source) => read(service, source),
    async expectMessage(service, source, matcher = {}, { within = 5000 } = {}) {
      const until = now() + within;
      for (let seen; ; ) {
        const left = Math.max(0, Math.ceil(until - now()));
        const messages = await read(service, source, seen === undefined ? {} : { seen, wait: Math.min(left, SLICE_MS) });
        const found = messages.find((message) => isWanted(message, matcher));
        if (found) return found;
        seen = messages.length;
        if (left > 0) continue;
        const came = messages.length === 0 ? 'nothing came' : `there came\n${messages.slice(-10).map(outline).join('\n')}`;
        const error = new Error(`no message on ${source} of ${service} fits ${describe(matcher)} within ${within} ms: ${came}`);
        throw Object.assign(error, { name: 'SeatrialError', code: 'SEATRIAL_MESSAGE_MISSING', messages });
      }
    },
    async publish(service, source, body, { key, headers } = {}) {
      const isText = typeof body === 'string';
      const isBytes = !isText && ArrayBuffer.isView(body);
      const content = isBytes
        ? { base64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') }
        : { text: isText ? body : JSON.stringify(body) };
      await ask('POST', path(service, 'publish'), { source, ...content, key, headers });
    },
  };
}

module.exports = { createMessages };
