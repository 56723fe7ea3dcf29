/** A test as its runner names it. */
export interface TestMark {
  /** Given by the session, unique in it. */
  readonly id: string;
  /** The whole name without the file: `TestUsers::test_create[admin]`, `orders > creates one`. */
  readonly name: string;
  /** As the runner gives it, relative to the project where it can be; a class name on the JVM, a package for Go. */
  readonly file?: string;
}

export const TEST_OUTCOMES = ['passed', 'failed', 'skipped'] as const;
export interface TestResult {
  readonly outcome: (typeof TEST_OUTCOMES)[number];
  /** Duration as the runner measured it. */
  readonly ms: number;
  /** Why it failed or was skipped. */
  readonly message?: string;
}
