import type { ExamineOptions, Finding } from './doctor/finding.ts';
import { machineChecks } from './doctor/machine-checks.ts';
import { toolChecks } from './doctor/tool-checks.ts';

export type { ExamineOptions, Finding } from './doctor/finding.ts';

/** Looks at whatever decides whether Seatrial works here. Changes nothing, uses no network; a check that breaks becomes a finding. */
export async function examineMachine(options: ExamineOptions): Promise<Finding[]> {
  const checks = [...machineChecks, ...toolChecks];
  return Promise.all(
    checks.map(async ({ title, check }): Promise<Finding> => {
      try {
        return { title, ...(await check(options)) };
      } catch (error) {
        options.signal.throwIfAborted();
        return { title, level: 'warn', detail: `could not be checked: ${(error as Error).message}` };
      }
    }),
  );
}
