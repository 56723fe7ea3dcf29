'use strict';
// As `globalSetup`: for a Jest that is started without `seatrial run`. In test files: `seatrial`.

module.exports = async function setup() {
  const { attach } = await import('./attach.mjs');
  attach();
  const { startMain } = await import('./start-main.mjs');
  if (!process[Symbol.for('seatrial.worker')]) await startMain(process.env, 'jest');
};
module.exports.seatrial = require('./seatrial.cjs').seatrial;
