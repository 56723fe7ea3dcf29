'use strict';
// What tests of all Node runners import, by the plug-in of theirs. CommonJS, so that Jest's sandbox can load it.

const { createMessages } = require('./messages.cjs');

/** The worker that the preload has made of this process; Jest's sandbox has it on its own global object. */
const WORKER = Symbol.for('seatrial.worker');

function worker() {
  const found = globalThis[WORKER] ?? process[WORKER];
  if (found) found.need();
  if (found?.lease()) return found;
  const hint =
    'start the tests through `seatrial run --isolation rewind`, or name the plug-in in the configuration of the runner';
  const code = 'SEATRIAL_LEASE_NOT_FOUND';
  const message = `this process is no test worker of a session with isolation (${code}; ${hint})`;
  throw Object.assign(new Error(message), { name: 'SeatrialError', code, hint });
}

const messages = createMessages((...request) => worker().lifeCycle.askServices(...request));

exports.seatrial = {
  ...messages,
  get lease() {
    const { id, services, env } = worker().lease();
    return { id, services, env };
  },
  get isolation() {
    return worker().isolation;
  },
  async inFile(work) {
    return worker().lifeCycle.inFile(work);
  },
  async reset() {
    const { reports } = await worker().lifeCycle.reset();
    return reports;
  },
  async diff(service) {
    const { services } = await worker().lifeCycle.diff();
    return service === undefined ? services : (services[service] ?? []);
  },
};
