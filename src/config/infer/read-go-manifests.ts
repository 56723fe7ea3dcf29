import path from 'node:path';
import { readTextIfThere } from '../../util/read-if-there.ts';
import { type Manifest, withoutMajor } from './manifest.ts';

/** go.mod of one folder, and those of the modules that its go.work uses. */
export function readGoManifests(folder: string): readonly Manifest[] {
  const work = directives(readTextIfThere(path.join(folder, 'go.work')) ?? '');
  const used = work.filter(({ verb }) => verb === 'use').map(({ words }) => path.resolve(folder, words[0] ?? ''));
  return [...new Set([folder, ...used])].flatMap((place) => {
    const file = path.join(place, 'go.mod');
    const text = readTextIfThere(file);
    return text === undefined ? [] : [readGoMod(text, file)];
  });
}

/** What the module's own packages and tests import: not what only its dependencies need, nor the modules of its tools. */
function readGoMod(text: string, file: string): Manifest {
  const all = directives(text);
  const first = (wanted: string) => all.filter(({ verb }) => verb === wanted).map(({ words }) => words[0] ?? '');
  const tools = first('tool');
  const isTool = (name: string) => tools.some((tool) => tool === name || tool.startsWith(`${name}/`));
  const required = all.filter(({ verb, comment }) => verb === 'require' && !/^indirect\s*(;|$)/.test(comment));
  const names = required.map(({ words }) => words[0] ?? '').filter((name) => name !== '' && !isTool(name));
  const [module] = first('module');
  return {
    file,
    ecosystem: 'go',
    name: module ? path.posix.basename(withoutMajor(module)) : undefined,
    dependencies: names.map((name) => ({ name, extras: [] })),
  };
}

interface Directive {
  readonly verb: string;
  readonly words: readonly string[];
  /** What stands behind `//` on its line. */
  readonly comment: string;
}

/** `require a v1` and each line of `require ( ... )`. */
function directives(text: string): readonly Directive[] {
  const found: Directive[] = [];
  let block: string | undefined;
  for (const line of text.split('\n')) {
    const [, code = '', comment = ''] = /^(.*?)(?:\/\/(.*))?$/.exec(line.trim()) ?? [];
    const words = code.replace(/["`]/g, '').replace(/\($/, ' (').split(/\s+/).filter(Boolean);
    if (words[0] === ')') block = undefined;
    else if (words[1] === '(') block = words[0];
    else if (words.length > 0) {
      const [verb = '', ...rest] = block === undefined ? words : [block, ...words];
      found.push({ verb, words: rest, comment: comment.trim() });
    }
  }
  return found;
}
