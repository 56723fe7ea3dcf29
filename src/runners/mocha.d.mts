export type { Change, Lease, ResetReport, Seatrial } from './seatrial.cjs';
export { seatrial } from './seatrial.cjs';
