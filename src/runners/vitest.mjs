import { attach } from './attach.mjs';

export { seatrial } from './seatrial.cjs';

/** A plug-in for `plugins` of the configuration: for a Vitest that is started without `seatrial run`. */
export default function plugin() {
  attach();
  return { name: 'seatrial' };
}
