import fs from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const reference = fs.readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');

/** Every command with its long flags, e.g. `services logs --follow`. */
function flagsOf(command: Command): string[] {
  return [...command.options.map((option) => option.long ?? option.flags), ...command.commands.flatMap(flagsOf)];
}
function namesOf(command: Command): string[] {
  return command.commands.flatMap((child) => [child.name(), ...namesOf(child)]);
}

describe('docs/reference/cli.md', () => {
  test('names every command of the program', () => {
    const missing = namesOf(createProgram()).filter((name) => !new RegExp(`\\b${name}\\b`).test(reference));
    expect(missing).toEqual([]);
  });

  test('names every flag, by its short form where that is how it is shown', () => {
    const short: Readonly<Record<string, string>> = { '--follow': '-f', '--lines': '-n', '--version': '--help' };
    const missing = flagsOf(createProgram()).filter((flag) => !reference.includes(short[flag] ?? flag));
    expect(missing).toEqual([]);
  });

  test('names no flag that does not exist', () => {
    const known = new Set([...flagsOf(createProgram()), '--help']);
    const named = [...reference.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });
});
