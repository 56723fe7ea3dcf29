import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { eagerClosure, findCycle, importsOf, withoutCommentLines } from './helpers/imports.ts';
import { readSourceFiles, type SourceFiles } from './helpers/source-files.ts';

// The rules of the tree as data (CONTRIBUTING.md tells them in words). Imports go down only, siblings never.

const BASE = ['errors', 'util', 'core'];
const ENGINES = ['config', 'observe', 'report', 'gateway', 'artifacts', 'http', 'data', 'contract', 'load'];
const SESSION = [...BASE, 'plan', 'observe', 'session'];

/** Zone to the zones that it may import, besides itself. A zone is a folder or file directly under src/; `drivers/*`: each folder is a zone. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  util: ['errors'],
  core: ['errors', 'util'],
  ...Object.fromEntries(ENGINES.map((zone) => [zone, BASE])),
  'drivers/*': BASE,
  'services/*': BASE,
  plan: BASE,
  session: [...BASE, 'plan', 'observe'],
  control: SESSION,
  app: SESSION,
  scaffold: SESSION,
  audit: SESSION,
  testing: SESSION,
  runners: [], // code in users' processes: knows the control API and nothing of ours
  builtin: [...BASE, ...ENGINES, 'drivers/*', 'services/*'],
  cli: ['*'],
  start: ['*'],
  index: ['*'],
};

/** Processes, signals, raw sockets and /proc stand behind src/util/platform/. Elsewhere only with a reason. */
const PLATFORM_MODULES = ['node:child_process', 'node:net', 'node:dgram', 'node:cluster'];
const PLATFORM_EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/runners/go-exec.mjs': 'runs between go test and its binary, and imports nothing of ours',
};

/** Packages that these files may load, with all that they import; the others wait until a command needs them (ADR 0003). */
const EAGER_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'src/cli/main.ts': [],
  'src/cli/program.ts': ['commander'],
  'src/cli/watchdog.ts': [],
};

/** Over 400 lines by nature. */
const LONG_FILES: Readonly<Record<string, string>> = {};

const sources = readSourceFiles(['src'], ['.ts', '.mjs']);

describe('the tree', () => {
  test('imports only what its table allows', () => {
    expect(forbiddenImports(sources)).toEqual([]);
  });

  test('has no import cycle', () => {
    expect(findCycle(sources)).toBeUndefined();
  });

  test('touches processes, signals, raw sockets and /proc only in util/platform', () => {
    expect(platformUses(sources)).toEqual([]);
    for (const file of Object.keys(PLATFORM_EXCEPTIONS)) expect(sources.has(file), `${file} is excepted and gone`).toBe(true);
  });

  test('loads no package at the door of the CLI beyond those listed', () => {
    for (const [entry, allowed] of Object.entries(EAGER_PACKAGES)) {
      expect(sources.has(entry), `${entry} is gone`).toBe(true);
      const { packages } = eagerClosure(entry, sources);
      expect(
        [...packages].filter(([name]) => !allowed.includes(name)),
        `what ${entry} loads`,
      ).toEqual([]);
    }
  });

  test('keeps files under 400 lines and their names in kebab-case', () => {
    const files = readSourceFiles(['src', 'test', 'bench', 'scripts', 'clients', 'examples'], ['.ts', '.mjs', '.py']);
    const long = [...files]
      .filter(([file, text]) => text.split('\n').length > 400 && !(file in LONG_FILES))
      .map(([file]) => file);
    expect(long).toEqual([]);
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
    const misnamed = [...files.keys()].filter((file) => !file.endsWith('.py') && !kebab.test(path.basename(file)));
    expect(misnamed).toEqual([]);
  });
});

describe('these checks', () => {
  test('notice a driver that imports a service, a service that imports its sibling, and an upward import', () => {
    const tree = new Map([
      ['src/drivers/native/index.ts', "import { postgres } from '../../services/postgres/index.ts';"],
      ['src/services/redis/index.ts', "import { quote } from '../postgres/quote.ts';"],
      ['src/core/plan.ts', "import type { Session } from '../session/session.ts';"],
      ['src/session/start.ts', "const late = await import('../control/server.ts');"],
      ['src/brand-new/x.ts', "import fs from 'node:fs';\nimport { redact } from '../errors.ts';"],
    ]);
    expect(forbiddenImports(tree)).toEqual([
      'src/drivers/native/index.ts imports src/services/postgres/index.ts',
      'src/services/redis/index.ts imports src/services/postgres/quote.ts',
      'src/core/plan.ts imports src/session/session.ts',
      'src/session/start.ts imports src/control/server.ts',
      'src/brand-new/x.ts imports src/errors.ts',
    ]);
  });

  test('read imports that span lines, that are types only, and that come late', () => {
    const text = [
      "import {\n  a,\n  type B,\n} from './a.ts';",
      "import { type C, type D } from 'pg';",
      "import type E from 'zod';",
      "export * from './b.ts';",
      "import 'yaml';",
      "const tar = await import('tar');",
      "// import { never } from './never.ts';",
      " * import('./never.ts')",
      "const script = programFile('x/program');",
    ].join('\n');
    expect(importsOf('src/x/y.ts', text)).toEqual([
      { target: 'src/x/a.ts', kind: 'static' },
      { target: 'pg', kind: 'type' },
      { target: 'zod', kind: 'type' },
      { target: 'src/x/b.ts', kind: 'static' },
      { target: 'yaml', kind: 'static' },
      { target: 'tar', kind: 'late' },
      { target: 'src/x/program.ts', kind: 'late' },
    ]);
  });

  test('notice a cycle, a platform call, and a package loaded early through another file', () => {
    const tree = new Map([
      ['src/cli/main.ts', "import { a } from './a.ts';"],
      ['src/cli/a.ts', "import { z } from 'zod';\nimport { b } from './b.ts';"],
      ['src/cli/b.ts', "import type { A } from './a.ts';\nprocess.kill(1, 0);\nconst stat = '/proc/1/stat';"],
      ['src/util/platform/kill.ts', "import { spawn } from 'node:child_process';"],
      ['src/session/spawn.ts', "import { spawn } from 'node:child_process';"],
    ]);
    expect(findCycle(tree)).toEqual(['src/cli/a.ts', 'src/cli/b.ts', 'src/cli/a.ts']);
    expect(platformUses(tree)).toEqual([
      'src/cli/b.ts: process.kill',
      'src/cli/b.ts: /proc',
      'src/session/spawn.ts: node:child_process',
    ]);
    expect([...eagerClosure('src/cli/main.ts', tree).packages]).toEqual([['zod', 'src/cli/a.ts']]);
  });
});

function forbiddenImports(files: SourceFiles): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const zone = zoneOf(file);
    const allowed = MAY_IMPORT[toPattern(zone)] ?? [];
    for (const { target } of importsOf(file, text)) {
      if (!target.startsWith('src/') || zoneOf(target) === zone) continue;
      const wanted = toPattern(zoneOf(target));
      if (!allowed.includes('*') && !allowed.includes(wanted)) found.push(`${file} imports ${target}`);
    }
  }
  return found;
}

function platformUses(files: SourceFiles): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    if (file.startsWith('src/util/platform/') || file in PLATFORM_EXCEPTIONS) continue;
    for (const { target, kind } of importsOf(file, text))
      if (kind !== 'type' && PLATFORM_MODULES.includes(target)) found.push(`${file}: ${target}`);
    const code = withoutCommentLines(text);
    if (/\bprocess\.kill\b/.test(code)) found.push(`${file}: process.kill`);
    if (/[`'"]\/proc\b/.test(code)) found.push(`${file}: /proc`);
  }
  return found;
}

/** `src/core/plan.ts` -> `core`; `src/errors.ts` -> `errors`; `src/drivers/native/x.ts` -> `drivers/native`. */
function zoneOf(file: string): string {
  const [, first = '', second = ''] = file.split('/');
  return first === 'drivers' || first === 'services' ? `${first}/${second}` : first.replace(/\.ts$/, '');
}

function toPattern(zone: string): string {
  return zone.replace(/^(drivers|services)\/.*/, '$1/*');
}
