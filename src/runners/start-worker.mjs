import { watchEnvironment } from './watch-environment.mjs';
import { createWorker } from './worker.mjs';

const HOOKS = {
  vitest: async () => (await import('./vitest-hooks.mjs')).hookVitest,
  jest: async () => (await import('./jest-hooks.mjs')).hookJest,
  mocha: async () => (await import('./mocha-hooks.mjs')).hookMocha,
  'node-test': async () => (await import('./node-test-hooks.mjs')).hookNodeTest,
};

/** In what may be a test worker: leases when the environment is looked at, and follows its runner. */
export async function startWorker(env, place) {
  const worker = createWorker(env, place);
  watchEnvironment(env, new Set(env.SEATRIAL_LEASED_NAMES.split(',')), worker.need);
  (await HOOKS[place.runner]())(worker);
}
