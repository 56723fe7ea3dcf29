import type { DriverName } from '../core/driver.ts';
import type { PlannedService } from '../core/plan.ts';

/** One driver that could not, and why. */
export interface Refusal {
  readonly driver: DriverName;
  readonly why: string;
}

/** One version tried on all drivers. */
export interface Attempt {
  readonly found: PlannedService | undefined;
  readonly refusals: readonly Refusal[];
}

export function refusalText({ driver, why }: Refusal): string {
  return `${driver}: ${why}`;
}
