import fs from 'node:fs';
import path from 'node:path';
import type { Origin, Step } from '../core/config.ts';
import { splitWords } from '../util/words.ts';
import type { CommandInput, StepInput, StepsInput } from './define-config.ts';

export interface StepContext {
  /** Relative paths start here. */
  readonly folder: string;
  readonly origin: Origin;
}

/** `migrate:` or `seed:` as steps. Text which names an SQL file or a folder that is there is SQL, other text a command. */
export function parseSteps(input: StepsInput | undefined, context: StepContext): readonly Step[] {
  if (input === undefined) return [];
  const list = Array.isArray(input) ? (input as readonly (string | StepInput)[]) : [input as string | StepInput];
  return list.map((item) => (typeof item === 'string' ? parseText(item, context) : parseObject(item, context)));
}

function parseText(text: string, context: StepContext): Step {
  const file = path.resolve(context.folder, text.trim());
  if (isSql(file)) return { kind: 'sql', path: file, origin: context.origin };
  return commandStep({ command: text }, context);
}

function isSql(file: string): boolean {
  if (/\.sql(\.gz)?$/i.test(file) && !/\s/.test(path.basename(file))) return true;
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function parseObject(input: StepInput, context: StepContext): Step {
  if (input.sql !== undefined)
    return { kind: 'sql', path: path.resolve(context.folder, input.cwd ?? '', input.sql), origin: context.origin };
  return commandStep(input, context);
}

function commandStep(input: StepInput, context: StepContext): Step {
  const cwd = path.resolve(context.folder, input.cwd ?? '');
  const shell = input.shell ?? false;
  const argv = toArgv(input.command ?? [], shell);
  return {
    kind: 'command',
    argv,
    cwd,
    origin: context.origin,
    tool: shell ? undefined : toolOf(argv),
    inputs: input.inputs?.map((file) => path.resolve(cwd, file)),
    inferred: false,
    shell,
  };
}

/** Words of a command; for a shell one text. Throws a TypeError on an unclosed quote. */
export function toArgv(command: CommandInput, shell = false): readonly string[] {
  if (typeof command !== 'string') return command;
  return shell ? [command] : splitWords(command);
}

/** Sees through `poetry run`, `uv run`, `npx`, `python -m` and the like. */
function toolOf(argv: readonly string[]): 'alembic' | 'prisma' | undefined {
  const words = argv.slice(0, 5).map((word) => path.basename(word));
  if (words.includes('alembic') && argv.includes('upgrade')) return 'alembic';
  if (words.includes('prisma') && (argv.includes('migrate') || argv.includes('db'))) return 'prisma';
  return undefined;
}
