import path from 'node:path';
import type { SourceFiles } from './source-files.ts';

export interface Import {
  /** As written, or for a relative one the path from the repository's folder. */
  readonly target: string;
  /** `type`: gone at run time; `static`: loaded with the importing module; `late`: `import()`, or a program that is started. */
  readonly kind: 'type' | 'static' | 'late';
}

/** The imports of one formatted source file. Statements start a line; comment lines are left out. */
export function importsOf(file: string, text: string): Import[] {
  const code = withoutCommentLines(text);
  const found: Import[] = [];
  const add = (specifier: string | undefined, kind: Import['kind']) => {
    if (specifier !== undefined) found.push({ target: resolve(file, specifier), kind });
  };
  for (const [, keyword, clause, specifier] of code.matchAll(/^(import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/gm))
    add(specifier, isTypeOnly(keyword ?? '', clause ?? '') ? 'type' : 'static');
  for (const [, specifier] of code.matchAll(/^import\s*['"]([^'"]+)['"]/gm)) add(specifier, 'static');
  for (const [, specifier] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(specifier, 'late');
  for (const [, name] of code.matchAll(/\bprogramFile\(\s*['"]([^'"]+)['"]/g))
    found.push({ target: `src/${name}.ts`, kind: 'late' });
  return found;
}

/** What loading `entry` loads: our files, and packages by name. */
export function eagerClosure(
  entry: string,
  files: SourceFiles,
): { readonly files: ReadonlySet<string>; readonly packages: ReadonlyMap<string, string> } {
  const seen = new Set<string>();
  const packages = new Map<string, string>();
  const queue = [entry];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { target, kind } of importsOf(file, files.get(file) ?? '')) {
      if (kind !== 'static') continue;
      if (target.startsWith('src/')) queue.push(target);
      else if (!target.startsWith('node:')) packages.set(packageName(target), file);
    }
  }
  return { files: seen, packages };
}

/** One cycle of static and type imports, as a list of files; undefined when there is none. */
export function findCycle(files: SourceFiles): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { target, kind } of importsOf(file, files.get(file) ?? '')) {
      if (kind === 'late' || !files.has(target)) continue;
      const cycle = visit(target, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

export function withoutCommentLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
    .join('\n');
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
}

function isTypeOnly(keyword: string, clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = clause.match(/^\s*\{([\s\S]*)\}\s*$/)?.[1];
  if (keyword === 'export' || names === undefined) return false;
  const parts = names.split(',').filter((part) => part.trim() !== '');
  return parts.length > 0 && parts.every((part) => /^\s*type\s/.test(part));
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
