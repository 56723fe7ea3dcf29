// Loaded by `node --import` into every Node process of the command, when isolation is above `run`. In a test worker of a known runner it
// leases a state of its own from the session, at the first look at an environment variable that a lease changes: only then is it certain
// that this is a test worker, and which one. Everywhere else it does nothing. Plain JavaScript, Node 18.18 and up, one file.
import { createRequire, syncBuiltinESMExports } from 'node:module';

const PLUGIN = 'seatrial-node';
const VERSION = '1';
const API_VERSION = '1';
const WAIT_MS = 120_000;

const require = createRequire(import.meta.url);
const candidate = recognise(process.env);
if (candidate) watchEnvironment(candidate);

/**
 * The worker that this process or thread may be: how to tell its slot once it is known. Undefined in main processes (`globalSetup` sees
 * their environment), and in children of a worker that has leased: they inherit its environment, which names the lease.
 */
function recognise(env) {
  if (!env.SEATRIAL_CONTROL_SOCKET || !env.SEATRIAL_CONTROL_TOKEN || !env.SEATRIAL_LEASED_NAMES) return undefined;
  if (hasLease(env) || (env.SEATRIAL_ISOLATION ?? 'run') === 'run') return undefined;
  // A thread that a test starts gets a copy of the environment without anybody looking at it: it finds here who its runner is.
  const isThread = !require('node:worker_threads').isMainThread;
  const mainPid = isThread ? Number(env.SEATRIAL_RUNNER_PID) || process.pid : process.ppid;
  const worker = (runner, slot) => {
    if (!isThread) env.SEATRIAL_RUNNER_PID = String(mainPid);
    return { runner, mainPid, slot };
  };
  // Vitest names the pool slot in a message after the start; a child of its main process never gets one.
  if (env.VITEST) return worker('vitest', () => env.VITEST_POOL_ID);
  if (env.MOCHA_WORKER_ID) return worker('mocha', () => env.MOCHA_WORKER_ID);
  // Before Node 24 a test file has no slot: each is a process of its own.
  if (env.NODE_TEST_CONTEXT) return worker('node-test', () => env.NODE_TEST_WORKER_ID ?? String(process.pid));
  // Jest's crawlers of the file system carry the same id: they never look at the environment. Threads are told theirs by a message.
  if (env.JEST_WORKER_ID || isThread) return worker('jest', () => env.JEST_WORKER_ID);
  return undefined;
}

/** True when this process has a lease of this session, or inherited it. A run inside a test may be a session of its own. */
function hasLease(env) {
  return Boolean(env.SEATRIAL_LEASE?.startsWith(`${env.SEATRIAL_SESSION}/`));
}

/** Puts a transparent wrapper around `process.env` that leases before a leased name, or the whole, is looked at. */
function watchEnvironment({ runner, mainPid, slot }) {
  const env = process.env;
  const names = new Set(env.SEATRIAL_LEASED_NAMES.split(','));
  const acquire = createAcquirer(env);
  let state = 'waiting';
  let failure;
  const need = () => {
    if (state === 'failed') throw failure;
    if (state === 'done' || hasLease(env)) return;
    const place = slot();
    if (!place) return; // not a worker, or not yet
    state = 'done'; // what follows may look at the environment itself
    try {
      applyLease(env, acquire({ runner, mainPid, slot: place }));
    } catch (error) {
      state = 'failed';
      failure = error;
      throw error;
    }
  };
  const needFor = (name) => {
    if (names.has(name)) need();
  };
  process.env = new Proxy(env, {
    get(target, name) {
      needFor(name);
      return target[name];
    },
    has(target, name) {
      needFor(name);
      return name in target;
    },
    getOwnPropertyDescriptor(target, name) {
      needFor(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      need();
      return Reflect.ownKeys(target);
    },
    // On the target itself: a receiver that is not `process.env` would get a property which the system does not see.
    set: (target, name, value) => Reflect.set(target, name, value),
  });
  syncBuiltinESMExports();
}

/** What the project sets for itself wins: a name changes only while it has the value that the session gave to the main process. */
function applyLease(env, { lease, replaces }) {
  for (const [name, value] of Object.entries(lease.env)) if (env[name] === replaces[name]) env[name] = value;
  env.SEATRIAL_LEASE = `${env.SEATRIAL_SESSION}/${lease.id}`;
}

/**
 * Answers a function that takes a lease and returns when it is there: an environment variable cannot be awaited. It speaks over the bare
 * descriptor of a Unix socket, so neither the event loop nor a second thread is needed (2 ms against 25 ms for a thread that does it).
 * The socket stays open, without keeping the process alive: the kernel closes it with the process, Node with the thread, and that ends
 * the lease. Everything it uses is fetched now, before tests put fake timers and file systems in place.
 */
function createAcquirer(env) {
  const { Socket } = require('node:net');
  const { readSync, writeSync } = require('node:fs');
  const now = performance.now.bind(performance);
  const { SEATRIAL_CONTROL_SOCKET: path, SEATRIAL_CONTROL_TOKEN: token } = env;
  const bell = new Int32Array(new SharedArrayBuffer(4));

  return (key) => {
    const who = `${key.runner} worker ${key.slot}`;
    const deadline = now() + WAIT_MS;
    const socket = new Socket();
    let broken;
    socket.on('error', (error) => {
      broken = error;
    });
    socket.connect({ path });
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
    try {
      const fd = socket._handle?.fd;
      if (!(fd >= 0)) throw broken ?? new Error('the socket cannot be opened');
      const request = {
        ...key,
        hold: true,
        over: env.SEATRIAL_MAIN_LEASE || undefined,
        hello: { plugin: PLUGIN, version: VERSION },
      };
      const body = Buffer.from(JSON.stringify(request));
      const head =
        'POST /v1/leases HTTP/1.0\r\nHost: seatrial\r\nContent-Type: application/json\r\n' +
        `Seatrial-Api-Version: ${API_VERSION}\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`;
      let rest = Buffer.concat([Buffer.from(head), body]);
      while (rest.length > 0) rest = rest.subarray(patiently(() => writeSync(fd, rest)));
      const chunk = Buffer.alloc(65_536);
      const chunks = [];
      for (;;) {
        const bytes = patiently(() => readSync(fd, chunk, 0, chunk.length, null));
        chunks.push(Buffer.from(chunk.subarray(0, bytes)));
        const answer = parseAnswer(Buffer.concat(chunks).toString('utf8'), bytes === 0);
        if (answer) return answer;
      }
    } catch (error) {
      socket.destroy();
      throw toFailure(error, who, path);
    }
  };
}

/** The lease, when the answer holds its line; throws what the session refused with. */
function parseAnswer(text, ended) {
  const end = text.indexOf('\r\n\r\n');
  const line = end < 0 ? -1 : text.indexOf('\n', end + 4);
  if (line < 0 && !ended) return undefined;
  const [first = '', ...headers] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const version = headers.map((header) => /^seatrial-api-version: *(.*)$/i.exec(header)).find(Boolean)?.[1];
  if (version === undefined) throw new Error('the connection was closed, or what answers is not a session of Seatrial');
  if (version !== API_VERSION)
    throw new Error(`the session speaks version ${version} of the control API, this worker speaks ${API_VERSION}`);
  const answer = JSON.parse(text.slice(end + 4, line < 0 ? undefined : line));
  if (/^HTTP\/1\.[01] 200 /.test(first)) return answer;
  throw Object.assign(new Error(answer.message), { code: answer.code, hint: answer.hint });
}

function toFailure(error, who, path) {
  const ours = /^SEATRIAL_/.test(error.code ?? '');
  const hint = error.hint ?? 'the session may have ended: run the tests through `seatrial run`';
  const code = ours ? error.code : 'SEATRIAL_CONTROL_UNREACHABLE';
  const message = ours ? error.message : `the session does not answer at ${path}: ${error.message}`;
  return Object.assign(new Error(`Seatrial has no lease for ${who}: ${message} (${code}; ${hint})`), {
    name: 'SeatrialError',
    code,
    hint,
  });
}
