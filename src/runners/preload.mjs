// Loaded by `node --import` into every Node process of the command, when isolation is above `run`. In a test worker of a known runner it
// leases a state of its own from the session, at the first look at an environment variable that a lease changes: only then is it certain
// that this is a test worker, and which one. It also hooks into the runner, so that the session knows where each test begins and ends.
// Everywhere else it waits for Jest, which any program may run in its own process, and does nothing. Plain JavaScript, Node 18.18 and up.
import { isMainThread } from 'node:worker_threads';

const { env } = process;
if (isOpenTo(env)) {
  const place = findWorker(env);
  const main = place ? undefined : findMain();
  if (place) await (await import('./start-worker.mjs')).startWorker(env, place);
  else if (main) await (await import('./start-main.mjs')).startMain(env, main);
  else (await import('./jest-in-band.mjs')).awaitJest(env);
}

/** Children of a worker that has leased inherit its environment, which names the lease: they have nothing to do. */
function isOpenTo(env) {
  if (!env.SEATRIAL_CONTROL_SOCKET || !env.SEATRIAL_CONTROL_TOKEN || !env.SEATRIAL_LEASED_NAMES) return false;
  return (env.SEATRIAL_ISOLATION ?? 'run') !== 'run' && !env.SEATRIAL_LEASE?.startsWith(`${env.SEATRIAL_SESSION}/`);
}

/** The worker that this process or thread may be: how to tell its slot once it is known. Undefined in main processes. */
function findWorker(env) {
  // A thread that a test starts gets a copy of the environment without anybody looking at it: it finds here who its runner is.
  const mainPid = isMainThread ? process.ppid : Number(env.SEATRIAL_RUNNER_PID) || process.pid;
  const worker = (runner, slot) => {
    if (isMainThread) env.SEATRIAL_RUNNER_PID = String(mainPid);
    return { runner, mainPid, slot };
  };
  // Vitest names the pool slot in a message after the start; a child of its main process never gets one.
  if (env.VITEST) return worker('vitest', () => env.VITEST_POOL_ID);
  if (env.MOCHA_WORKER_ID) return worker('mocha', () => env.MOCHA_WORKER_ID);
  // Before Node 24 a test file has no slot: each is a process of its own.
  if (env.NODE_TEST_CONTEXT) return worker('node-test', () => env.NODE_TEST_WORKER_ID ?? String(process.pid));
  // Jest's crawlers of the file system carry the same id: they never look at the environment. Threads are told theirs by a message.
  if (env.JEST_WORKER_ID || !isMainThread) return worker('jest', () => env.JEST_WORKER_ID);
  return undefined;
}

/** The runner whose main process this is, by its program, when it may run tests in this very process. */
function findMain() {
  const program = (process.argv[1] ?? '').replaceAll('\\', '/');
  if (/(^|\/)(_?mocha(\.[cm]?js)?)$/.test(program)) return 'mocha';
  const none = /^--(experimental-)?test-isolation=none$/;
  if (process.execArgv.includes('--test') && process.execArgv.some((word) => none.test(word))) return 'node-test';
  return undefined;
}
