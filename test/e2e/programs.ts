import { fileURLToPath } from 'node:url';
import { SEATRIAL } from './cli.ts';

/** The absolute path of a small program of the tests. */
export function program(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}`, import.meta.url));
}

/** Words that run the CLI on a terminal of its own; see programs/terminal.py for the orders that its stdin takes. */
export function onTerminal(...args: readonly string[]): readonly string[] {
  return ['python3', program('terminal.py'), ...SEATRIAL, ...args];
}

/** The order for keys to be pressed. */
export function keys(text: string): string {
  return `type ${Buffer.from(text).toString('hex')}\n`;
}

export const CTRL_C = '\u0003';
