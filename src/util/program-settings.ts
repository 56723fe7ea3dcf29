const NAME = 'PROGRAM_SETTINGS';

/** Hands settings to a program of ours through its environment, which other accounts can't read, as they can its command line. */
export function programEnv(settings: unknown): Readonly<Record<string, string>> {
  return { [NAME]: JSON.stringify(settings) };
}

/** In the program: what it was started with. `T` is what whoever starts it gives. */
export function programSettings<T>(): T {
  return JSON.parse(process.env[NAME] ?? '{}') as T;
}
