'use strict';
// As `globalSetup`: for a Jest that is started without `seatrial run`. In test files: `seatrial`.

module.exports = async function setup() {
  const { attach } = await import('./attach.mjs');
  attach();
  (await import('./jest-in-band.mjs')).awaitJest(process.env);
};
module.exports.seatrial = require('./seatrial.cjs').seatrial;
