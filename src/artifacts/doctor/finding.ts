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

/** One line of `examineMachine`; the title is added to what it answers. */
export interface Check {
  readonly title: string;
  check(options: ExamineOptions): Promise<Omit<Finding, 'title'>>;
}
