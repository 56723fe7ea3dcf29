import { INTEGRATION } from './integration.ts';

export default function sayWhatIsSkipped(): void {
  if (!INTEGRATION) console.warn('Integration tests are skipped: set RUN_INTEGRATION_TESTS=true, or use `seatrial run`.');
}
