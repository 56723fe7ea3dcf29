/** For the tests that are TypeScript. */
export function hasMaven(): boolean;
export function hasGradle(): boolean;
export function ensureJunitJars(): string[];
export function ensureTestClassPath(folder: string): string;
export function maven(folder: string, goals: readonly string[]): void;
