import { machineChecks } from './doctor/machine-checks.ts';
import { toolChecks } from './doctor/tool-checks.ts';

/** One thing that was looked at on this machine. */
export interface Finding {
  readonly title: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do, for `warn` and `fail`. */
  readonly hint?: string;
}

export interface ExamineOptions {
  /** The project's folder: clients may be configured there. */
  readonly cwd: string;
  readonly signal: AbortSignal;
}

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

/** One line of `examineMachine`; the title is added to what it answers. */
export interface Check {
  readonly title: string;
  check(options: ExamineOptions): Promise<Omit<Finding, 'title'>>;
}
