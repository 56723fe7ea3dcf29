export type { Change, Lease, ResetReport, Seatrial } from './seatrial.cjs';
export { seatrial } from './seatrial.cjs';

/** A plug-in for `plugins` of the configuration: for a Vitest that is started without `seatrial run`. */
export default function plugin(): { name: string };
