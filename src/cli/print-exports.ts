import { quoteWord } from '../util/words.ts';

/** An environment on stdout: lines that a shell evaluates, or JSON. */
export function printExports(env: Readonly<Record<string, string>>, { json }: { readonly json?: boolean }): void {
  if (json) process.stdout.write(`${JSON.stringify({ env })}\n`);
  else for (const [name, value] of Object.entries(env)) process.stdout.write(`export ${name}=${quoteWord(value)}\n`);
}
