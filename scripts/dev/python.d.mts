/** For the tests that are TypeScript. */
export function ensureVenv(folder: string, requirementFiles: readonly string[]): string;
