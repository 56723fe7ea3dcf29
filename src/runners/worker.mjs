import { createCallNow } from './call-now.mjs';
import { toFailure } from './http-text.mjs';
import { createLifeCycle } from './life-cycle.mjs';
import { putOnLease } from './put-on-lease.mjs';
import { createSessionLink } from './session-link.mjs';
import { WORKER } from './worker-mark.mjs';

const PLUGIN = 'seatrial-node';
const VERSION = '1';

/** True when this process has a lease of this session, or inherited it. A run inside a test may be a session of its own. */
export function hasLease(env) {
  return Boolean(env.SEATRIAL_LEASE?.startsWith(`${env.SEATRIAL_SESSION}/`));
}

/**
 * The worker that this process or thread is. `slot` answers undefined as long as nobody knows which one, or whether at all. `need` takes the
 * lease, once, and puts it into the environment before it returns.
 */
export function createWorker(env, { runner, mainPid, slot }) {
  const control = { path: env.SEATRIAL_CONTROL_SOCKET, token: env.SEATRIAL_CONTROL_TOKEN };
  const callNow = createCallNow(control);
  const isolation = env.SEATRIAL_ISOLATION;
  const lifeCycle = createLifeCycle({ isolation, socketPath: control.path, call: createSessionLink(control), callNow });
  let state = 'waiting';
  let failure;
  let answer;

  const worker = {
    isolation,
    lifeCycle,
    lease: () => answer?.lease,
    need() {
      if (state === 'failed') throw failure;
      if (state === 'done' || hasLease(env)) return;
      const place = slot();
      if (!place) return; // not a worker, or not yet
      state = 'done'; // what follows may look at the environment itself
      try {
        const over = env.SEATRIAL_MAIN_LEASE || undefined;
        const key = { runner, mainPid, slot: place };
        answer = callNow(
          'POST',
          '/v1/leases',
          { ...key, hold: true, over, isolation, hello: { plugin: PLUGIN, version: VERSION } },
          { hold: true },
        );
        worker.putOn();
        lifeCycle.leased(answer.lease.id);
      } catch (error) {
        state = 'failed';
        failure = toFailure(error, `Seatrial has no lease for ${runner} worker ${place}`, control.path);
        throw failure;
      }
    },
    putOn: () => putOnLease(env, answer),
    /** Back to the environment of the run; the lease stays. */
    takeOff() {
      const { lease, replaces } = answer;
      for (const [name, value] of Object.entries(lease.env)) {
        if (env[name] !== value) continue;
        if (replaces[name] === undefined) delete env[name];
        else env[name] = replaces[name];
      }
      delete env.SEATRIAL_LEASE;
    },
  };
  Object.defineProperty(process, WORKER, { value: worker, configurable: true });
  return worker;
}
