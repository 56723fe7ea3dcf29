import type { Change, Lease, ResetReport, Seatrial } from './seatrial.cjs';

/** As `globalSetup`: for a Jest that is started without `seatrial run`. */
declare function setup(): Promise<void>;
declare namespace setup {
  export const seatrial: Seatrial;

  export type { Change, Lease, ResetReport, Seatrial };
}
export = setup;
